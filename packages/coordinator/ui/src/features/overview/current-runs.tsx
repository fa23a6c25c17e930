import { now } from "../../api/clock.ts";
import { openRuns, overview, views } from "../../api/store.ts";
import { Empty, Section, Skeleton } from "../../components/page-parts.tsx";
import { Pill } from "../../components/pill.tsx";
import { formatAgo } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { selectionWords } from "../../lib/selection.ts";
import type { Run } from "../../lib/types.ts";
import { KINDS, RUN_STATES } from "../../lib/words.ts";
import { RunActions } from "../run/run-actions.tsx";
import { RunMeter } from "../run/run-meter.tsx";

/** What is going on now; when nothing is, how to begin. */
export function CurrentRuns() {
  const open = openRuns.value;
  return (
    <Section title={open.length > 1 ? "Running now" : "Now"}>
      {open.length === 0 ? (
        <Nothing last={overview.value?.runs.find(({ kind }) => kind !== "plan")} />
      ) : (
        open.map((run) => <CurrentRun key={run.id} run={run} />)
      )}
    </Section>
  );
}

function CurrentRun({ run }: { run: Run }) {
  const view = views.value.get(run.id);
  return (
    <article class="card current-run" aria-label={`${KINDS[run.kind]} under way`}>
      <div class="card-head">
        <h3>
          <a href={links.run(run.id)}>
            {KINDS[run.kind]} · {selectionWords(run.options)}
          </a>
        </h3>
        <Pill look={RUN_STATES[run.state]} />
        {view && <RunActions view={view} />}
      </div>
      {view ? <RunMeter view={view} /> : <Skeleton lines={3} label="Loading the run" />}
    </article>
  );
}

function Nothing({ last }: { last: Run | undefined }) {
  return (
    <div class="card">
      <Empty title={last ? "Nothing is running" : "Nothing was rebuilt yet"}>
        <p class="muted">
          {last ? (
            <>
              The last one: <a href={links.run(last.id)}>{KINDS[last.kind].toLowerCase()}</a>, {RUN_STATES[last.state].word}{" "}
              {formatAgo(last.endedAt ?? last.createdAt, now.value)}.
            </>
          ) : (
            "A dry run shows what a rebuild would send over which address, and changes nothing."
          )}
        </p>
        <a class="button button-primary" href={links.start}>
          Start a rebuild
        </a>
      </Empty>
    </div>
  );
}
