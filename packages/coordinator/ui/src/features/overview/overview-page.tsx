import { RUN_KINDS } from "@sitewright/protocol";
import type { Run } from "@sitewright/protocol/api";
import { now } from "../../api/clock.ts";
import { overview, recent, summaries, tellRun, openRuns } from "../../api/store.ts";
import { Section, Skeleton, Empty } from "../../components/page-parts.tsx";
import { useFirst } from "../../components/use-first.tsx";
import { attentionOf } from "../../lib/attention.ts";
import type { Attention } from "../../lib/troubles.ts";
import { plural, formatAgo } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { RunTable } from "../history/run-table.tsx";
import { Coordinators } from "./coordinators.tsx";
import { MissingSources } from "./missing-sources.tsx";
import { Hierarchy } from "./hierarchy.tsx";
import { steerRun } from "../../api/operations.ts";
import { Action } from "../../components/action.tsx";
import { TroubleList } from "../../components/troubles.tsx";
import { Pill } from "../../components/pill.tsx";
import { selectionWords } from "../../lib/selection.ts";
import { RUN_STATES, runLook } from "../../lib/words.ts";
import { RunActions } from "../run/run-actions.tsx";
import { RunMeter } from "../run/run-meter.tsx";

const NOTHING_RECENT = { runs: [], waiting: { away: 0, unjoined: 0 } };

/** Shown immediately. */
const MOST = 6;

/** What needs attention; notes are listed separately, collapsed. */
function AttentionPanel({ urgent, notes }: { urgent: readonly Attention[]; notes: readonly Attention[] }) {
  const { shown, more } = useFirst(urgent, "trouble", MOST);
  const retry = urgent.find((item) => item.retry)?.run;
  if (urgent.length === 0 && notes.length === 0) return null;
  if (urgent.length === 0) return <Notes items={notes} />;
  return (
    <Section
      title="Needs attention"
      aside={retry && <Action label="Retry what failed" kind="primary" act={async () => tellRun(await steerRun(retry, "retry"))} />}
    >
      <TroubleList items={shown} extra={(index) => <More item={shown[index]} />} />
      {more}
      {notes.length > 0 && <Notes items={notes} />}
    </Section>
  );
}

function Notes({ items }: { items: readonly Attention[] }) {
  return (
    <details class="notes">
      <summary>{plural(items.length, "note")}: nothing to be done about</summary>
      <TroubleList items={items} extra={(index) => <More item={items[index]} />} />
    </details>
  );
}

function More({ item }: { item: Attention | undefined }) {
  if (item?.code === "RECOVERY_REQUIRED")
    return (
      <a class="trouble-more" href={links.sites}>
        See the sites
      </a>
    );
  if (item?.address !== undefined)
    return (
      <a class="trouble-more" href={links.address(item.address)}>
        See the address
      </a>
    );
  if (item?.run)
    return (
      <a class="trouble-more" href={links.run(item.run)}>
        See the run
      </a>
    );
  const [system] = item?.systems ?? [];
  return system ? (
    <a class="trouble-more" href={links.system(system)}>
      See {system}
    </a>
  ) : null;
}

export function OverviewPage() {
  const state = overview.value;
  if (!state)
    return (
      <>
        <h1 class="unseen">Overview</h1>
        <div class="card">
          <Skeleton lines={4} label="Loading the hierarchy" />
        </div>
        <div class="card">
          <Skeleton lines={8} label="Loading the systems" />
        </div>
      </>
    );
  return (
    <>
      <h1 class="unseen">Overview</h1>
      <AttentionPanel {...attentionOf(state, recent.value ?? NOTHING_RECENT, now.value)} />
      <MissingSources />
      <CurrentRuns />
      <Hierarchy state={state} />
      <Section title="Last runs" aside={<a href={links.runs}>All runs</a>}>
        <RunTable runs={state.runs.slice(0, 5)} />
      </Section>
      <Coordinators />
    </>
  );
}

/** The current runs; without one, how to begin. */
function CurrentRuns() {
  const open = openRuns.value;
  return (
    <Section title={open.length > 1 ? "Running now" : "Now"}>
      {open.length === 0 ? (
        <Nothing last={overview.value?.runs.find(({ kind }) => !RUN_KINDS[kind].isDryRun)} />
      ) : (
        open.map((run) => <CurrentRun key={run.id} run={run} />)
      )}
    </Section>
  );
}

function CurrentRun({ run }: { run: Run }) {
  const summary = summaries.value.get(run.id);
  return (
    <article class="card current-run" aria-label={`${RUN_KINDS[run.kind].label} under way`}>
      <div class="card-head">
        <h3>
          <a href={links.run(run.id)}>
            {RUN_KINDS[run.kind].label} · {selectionWords(run.options)}
          </a>
        </h3>
        <Pill look={runLook(run)} />
        {summary && <RunActions summary={summary} />}
      </div>
      {summary ? <RunMeter summary={summary} /> : <Skeleton lines={3} label="Loading the run" />}
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
              The last one: <a href={links.run(last.id)}>{RUN_KINDS[last.kind].label.toLowerCase()}</a>, {RUN_STATES[last.state].word}{" "}
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
