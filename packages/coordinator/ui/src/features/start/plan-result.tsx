import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { messageOf } from "../../api/client.ts";
import { readPlan } from "../../api/operations.ts";
import { Fault, Figure, Section, Skeleton } from "../../components/page-parts.tsx";
import { UnitName } from "../../components/pill.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatBytes, formatSeconds, plural } from "../../lib/format.ts";
import { planTotals } from "../../lib/selection.ts";
import type { PlanRow, Run } from "../../lib/types.ts";

const COLUMNS: readonly Column<PlanRow>[] = [
  { head: "System", rowHead: true, value: ({ system }) => system },
  { head: "Unit", wide: true, value: ({ unit }) => <UnitName unitKey={unit} /> },
  { head: "Files", numeric: true, value: ({ files }) => files.toLocaleString("en") },
  { head: "Source", numeric: true, value: ({ sourceBytes }) => formatBytes(sourceBytes) },
  { head: "Already there", numeric: true, value: ({ reachable, presentBytes }) => (reachable ? formatBytes(presentBytes) : "unknown") },
  { head: "To send", numeric: true, value: ({ error, reachable, wireBytes }) => (error && reachable ? "-" : `~${formatBytes(wireBytes)}`) },
  { head: "Address", value: ({ address }) => address ?? "own network" },
  { head: "Time", numeric: true, value: ({ seconds }) => (seconds === undefined ? "-" : `~${formatSeconds(Math.max(1, seconds))}`) },
];

/** What a dry run found: totals, then each unit on each system. */
export function PlanResult({ run, children }: { run: Run; children?: ComponentChildren }) {
  const rows = useSignal<PlanRow[] | undefined>(undefined);
  const fault = useSignal<string | undefined>(undefined);
  useEffect(() => {
    let shown = true;
    readPlan(run.id).then(
      (plan) => shown && (rows.value = plan.rows),
      (error: unknown) => shown && (fault.value = messageOf(error)),
    );
    return () => {
      shown = false;
    };
  }, [run.id, run.endedAt]);

  return (
    <Section title="What a rebuild would take" aside={rows.value ? children : undefined}>
      <Fault message={fault.value} />
      {rows.value && <Totals rows={rows.value} />}
      {rows.value && (
        <Table
          caption="The plan by system and unit"
          columns={COLUMNS}
          rows={rows.value}
          rowKey={({ system, unit }) => `${system} ${unit}`}
        />
      )}
      {!rows.value && !fault.value && <Skeleton lines={6} label="Loading the plan" />}
    </Section>
  );
}

function Totals({ rows }: { rows: readonly PlanRow[] }) {
  const totals = planTotals(rows);
  return (
    <div class="card">
      <dl class="figures">
        <Figure name="Units" value={totals.units.toLocaleString("en")} note={plural(totals.files, "file")} />
        <Figure name="Source" value={formatBytes(totals.sourceBytes)} />
        <Figure tone="reused" name="Already there" value={formatBytes(totals.presentBytes)} />
        <Figure tone="sent" name="To send" value={`~${formatBytes(totals.wireBytes)}`} note="compressed" />
        <Figure name="Slowest line" value={totals.seconds === undefined ? "no rate limit" : `~${formatSeconds(totals.seconds)}`} />
      </dl>
      {totals.unreachable.length > 0 && (
        <p class="note-line">Not reachable now, so what they hold is unknown: {totals.unreachable.join(", ")}. A rebuild waits for them.</p>
      )}
    </div>
  );
}
