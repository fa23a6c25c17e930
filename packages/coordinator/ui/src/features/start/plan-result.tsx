import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { ownTimeZone, zoneOf, type Forecast, type Plan, type PlanRow, type Run } from "@sitewright/protocol/api";
import { messageOf } from "../../api/client.ts";
import { now } from "../../api/clock.ts";
import { readPlan } from "../../api/operations.ts";
import { Empty, Fault, Figure, SearchField, Section, Skeleton } from "../../components/page-parts.tsx";
import { ForecastPanel } from "../forecast/forecast-panel.tsx";
import { UnitKeyName } from "../../components/pill.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatBytes, plural } from "../../lib/format.ts";
import { momentWords } from "../../lib/lines/service-curve.ts";
import { planTotals } from "../../lib/selection.ts";

const COLUMNS: readonly Column<PlanRow>[] = [
  { head: "System", rowHead: true, value: ({ system }) => system },
  { head: "Unit", wide: true, value: ({ unit }) => <UnitKeyName unitKey={unit} /> },
  { head: "Files", numeric: true, value: ({ files }) => files.toLocaleString("en") },
  { head: "Source", numeric: true, value: ({ sourceBytes }) => formatBytes(sourceBytes) },
  { head: "Already there", numeric: true, value: ({ reachable, presentBytes }) => (reachable ? formatBytes(presentBytes) : "unknown") },
  { head: "To send", numeric: true, value: ({ error, reachable, wireBytes }) => (error && reachable ? "-" : `~${formatBytes(wireBytes)}`) },
  { head: "Address", value: ({ address }) => address ?? "own network" },
];

/** In the hours of each unit's address. */
function servedBy({ addresses }: Forecast): Column<PlanRow> {
  const zones = new Map(addresses.map((line) => [line.address, zoneOf(line)]));
  const value = ({ address, servedAt }: PlanRow) => momentWords(servedAt, zones.get(address) ?? ownTimeZone(), now.value);
  return { head: "Served by", value: (row) => <span class="nowrap">{value(row)}</span> };
}

/** The result of a dry run: totals, then each unit on each system. */
export function PlanResult({ run, children }: { run: Run; children?: ComponentChildren }) {
  const plan = useSignal<Plan | undefined>(undefined);
  const fault = useSignal<string | undefined>(undefined);
  useEffect(() => {
    let shown = true;
    readPlan(run.id).then(
      (found) => shown && (plan.value = found),
      (error: unknown) => shown && (fault.value = messageOf(error)),
    );
    return () => {
      shown = false;
    };
  }, [run.id, run.endedAt]);

  return (
    <>
      <Section title="What a rebuild would take" aside={plan.value ? children : undefined}>
        <Fault message={fault.value} />
        {plan.value ? <Totals rows={plan.value.rows} /> : !fault.value && <Skeleton lines={6} label="Loading the plan" />}
      </Section>
      {plan.value?.forecast && <ForecastPanel title="When service would be back" forecast={{ present: plan.value.forecast }} />}
      {plan.value && (
        <Section title="Unit by unit">
          <PlanTable plan={plan.value} />
        </Section>
      )}
    </>
  );
}

function PlanTable({ plan: { rows, forecast } }: { plan: Plan }) {
  const text = useSignal("");
  const wanted = text.value.trim().toLowerCase();
  const found = wanted === "" ? rows : rows.filter(({ system, unit }) => `${system} ${unit}`.toLowerCase().includes(wanted));
  return (
    <>
      <div class="filters">
        <SearchField label="Find a unit or a system" text={text} />
      </div>
      {found.length === 0 ? (
        <Empty title="No unit of the plan has this in its name" />
      ) : (
        <Table
          caption="The plan by system and unit"
          columns={[...COLUMNS, ...(forecast ? [servedBy(forecast)] : [])]}
          rows={found}
          rowKey={({ system, unit }) => `${system} ${unit}`}
          one="unit"
        />
      )}
    </>
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
      </dl>
      {totals.unreachable.length > 0 && (
        <p class="note-line">Not reachable now, so what they hold is unknown: {totals.unreachable.join(", ")}. A rebuild waits for them.</p>
      )}
    </div>
  );
}
