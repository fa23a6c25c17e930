import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { ownTimeZone, zoneOf, type Forecast, type Plan, type PlanRow, type PlanTotals, type Run } from "@sitewright/protocol/api";
import { useAsked } from "../../api/asked.ts";
import { messageOf } from "../../api/client.ts";
import { now } from "../../api/clock.ts";
import { readPlan } from "../../api/operations.ts";
import { Empty, Fault, Figure, SearchField, Section, Skeleton } from "../../components/page-parts.tsx";
import { ForecastPanel } from "../forecast/forecast-panel.tsx";
import { UnitKeyName } from "../../components/pill.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatBytes, plural } from "../../lib/format.ts";
import { momentWords } from "../../lib/lines/service-curve.ts";

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
  const { answer: plan, fault } = useAsked(() => readPlan(run.id), [run.id, run.endedAt]).value;
  return (
    <>
      <Section title="What a rebuild would take" aside={plan ? children : undefined}>
        <Fault message={fault} />
        {plan ? <Totals totals={plan.totals} /> : !fault && <Skeleton lines={6} label="Loading the plan" />}
      </Section>
      {plan?.forecast && <ForecastPanel title="When service would be back" forecast={{ present: plan.forecast }} />}
      {plan && (
        <Section title="Unit by unit">
          <PlanTable first={plan} />
        </Section>
      )}
    </>
  );
}

/** After the last key of a search, ms. */
const TYPED = 250;

/** The pages of a plan that were fetched so far, of the rows with some text; `first` has those of all. */
function usePages(first: Plan, text: string) {
  const page = useSignal(first);
  const fault = useSignal<string | undefined>(undefined);
  const asked = useRef(0);
  const { run } = first;

  async function ask(read: () => Promise<Plan>): Promise<void> {
    const own = ++asked.current;
    try {
      const found = await read();
      if (own === asked.current) [page.value, fault.value] = [found, undefined];
    } catch (error) {
      if (own === asked.current) fault.value = messageOf(error);
    }
  }

  useEffect(() => {
    if (text === "") return void ask(() => Promise.resolve(first));
    const timer = setTimeout(() => void ask(() => readPlan(run.id, { text })), TYPED);
    return () => clearTimeout(timer);
  }, [first, text]);

  const { next, rows, found } = page.value;
  const more = next !== undefined && (
    <button
      type="button"
      class="button button-quiet"
      onClick={() =>
        void ask(async () => {
          const later = await readPlan(run.id, { after: next, ...(text === "" ? {} : { text }) });
          return { ...later, rows: [...rows, ...later.rows] };
        })
      }
    >
      Fetch more ({plural(found - rows.length, "unit")} not fetched yet)
    </button>
  );
  return { rows, more, fault: fault.value };
}

function PlanTable({ first }: { first: Plan }) {
  const text = useSignal("");
  const { rows, more, fault } = usePages(first, text.value.trim());
  return (
    <>
      <div class="filters">
        <SearchField label="Find a unit or a system" text={text} />
      </div>
      <Fault message={fault} />
      {rows.length === 0 ? (
        <Empty title="No unit of the plan has this in its name" />
      ) : (
        <Table
          caption="The plan by system and unit"
          columns={[...COLUMNS, ...(first.forecast ? [servedBy(first.forecast)] : [])]}
          rows={rows}
          rowKey={({ system, unit }) => `${system} ${unit}`}
          one="unit"
        />
      )}
      {more}
    </>
  );
}

function Totals({ totals }: { totals: PlanTotals }) {
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
