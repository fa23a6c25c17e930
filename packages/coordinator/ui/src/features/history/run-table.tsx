import { RUN_KINDS } from "@sitewright/protocol";
import type { Run } from "@sitewright/protocol/api";
import { now } from "../../api/clock.ts";
import { Empty } from "../../components/page-parts.tsx";
import { Pill } from "../../components/pill.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatAgo, formatMoment, formatSeconds, shortId } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { selectionWords } from "../../lib/selection.ts";
import { runLook } from "../../lib/words.ts";

const COLUMNS: readonly Column<Run>[] = [
  { head: "Run", rowHead: true, value: (run) => <a href={links.run(run.id)}>{RUN_KINDS[run.kind].label}</a> },
  { head: "State", value: (run) => <Pill look={runLook(run)} /> },
  { head: "Of", wide: true, value: (run) => selectionWords(run.options) },
  { head: "Started", value: (run) => <Started run={run} /> },
  { head: "Took", numeric: true, value: (run) => <Took run={run} /> },
  { head: "Id", value: (run) => <code title={run.id}>{shortId(run.id)}</code> },
];

export function RunTable({ runs }: { runs: readonly Run[] }) {
  if (runs.length === 0)
    return (
      <Empty title="No runs yet">
        <p class="muted">
          Begin with a <a href={links.start}>dry run</a>: it changes nothing.
        </p>
      </Empty>
    );
  return <Table caption="Runs, newest first" columns={COLUMNS} rows={runs} rowKey={({ id }) => id} />;
}

function Started({ run }: { run: Run }) {
  return (
    <time dateTime={new Date(run.createdAt).toISOString()} title={formatAgo(run.createdAt, now.value)}>
      {formatMoment(run.createdAt)}
    </time>
  );
}

function Took({ run }: { run: Run }) {
  return <>{formatSeconds(((run.endedAt ?? Math.max(now.value, run.createdAt)) - run.createdAt) / 1000)}</>;
}
