import { useSignal, type Signal } from "@preact/signals";
import { differenceWords, type Phase } from "@sitewright/protocol/api";
import { Bar } from "../../components/bar.tsx";
import { Empty, SearchField } from "../../components/page-parts.tsx";
import { Pill, UnitName } from "../../components/pill.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatBytes } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { contentOf, countByFilter, matches, unitRows, type StateFilter, type UnitRow } from "../../lib/unit-rows.ts";
import { doneWords, phaseLook, phaseWords, TASKS } from "../../lib/words.ts";
import { UnitDetails } from "./unit-details.tsx";

const STATES: readonly { state: StateFilter; name: string }[] = [
  { state: "all", name: "All" },
  { state: "working", name: "Working" },
  { state: "waiting", name: "Waiting" },
  { state: "failed", name: "Not done" },
  { state: "done", name: "Done" },
];

interface UnitFiltersProps {
  counts: Record<StateFilter, number>;
  systems: readonly string[];
  state: Signal<StateFilter>;
  system: Signal<string>;
  text: Signal<string>;
}

function UnitFilters({ counts, systems, state, system, text }: UnitFiltersProps) {
  return (
    <div class="filters">
      <fieldset class="segments">
        <legend class="unseen">State</legend>
        {STATES.map(({ state: value, name }) => (
          <label key={value}>
            <input type="radio" name="state" value={value} checked={state.value === value} onChange={() => (state.value = value)} />
            <span>
              {name} <span class="count">{counts[value]}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <label class="filter">
        <span class="unseen">System</span>
        <select value={system.value} onChange={(event) => (system.value = event.currentTarget.value)}>
          <option value="">All systems</option>
          {systems.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <SearchField label="Find a unit" text={text} />
    </div>
  );
}

/** Every unit on every system, with its present state; `system` is shared with other filters. */
export function UnitTable({ phases, system }: { phases: readonly Phase[]; system: Signal<string> }) {
  const state = useSignal<StateFilter>("all");
  const text = useSignal("");
  const open = useSignal<ReadonlySet<string>>(new Set());
  const all = unitRows(phases);
  const rows = all.filter((row) => matches(row, { state: state.value, system: system.value, text: text.value }));

  function toggle(key: string): void {
    const next = new Set(open.value);
    if (!next.delete(key)) next.add(key);
    open.value = next;
  }

  return (
    <>
      <UnitFilters
        counts={countByFilter(all)}
        systems={[...new Set(all.map((row) => row.system))].sort()}
        state={state}
        system={system}
        text={text}
      />
      {rows.length === 0 ? (
        <Empty title="No unit fits these filters" />
      ) : (
        <Table
          caption="Units by system"
          columns={columnsOf(open.value, toggle)}
          rows={rows}
          one="unit"
          rowKey={({ key }) => key}
          below={(row) => (open.value.has(row.key) ? <UnitDetails row={row} /> : undefined)}
        />
      )}
    </>
  );
}

function columnsOf(open: ReadonlySet<string>, toggle: (key: string) => void): readonly Column<UnitRow>[] {
  return [
    {
      head: "Unit",
      rowHead: true,
      value: (row) => (
        <button type="button" class="disclose" aria-expanded={open.has(row.key)} onClick={() => toggle(row.key)}>
          <UnitName unit={row.unit} />
        </button>
      ),
    },
    { head: "System", value: ({ system }) => <a href={links.system(system)}>{system}</a> },
    { head: "State", value: (row) => <Pill look={phaseLook(row.current)} /> },
    { head: "Step", wide: true, value: stepWords },
    { head: "Progress", value: (row) => <Bar small bar={contentOf(row.phases).bar} label={`Progress of ${row.key}`} /> },
    { head: "Size", numeric: true, value: sizeWords },
    { head: "Sent", numeric: true, value: ({ phases }) => formatBytes(contentOf(phases).totals.wireBytes) },
  ];
}

function sizeWords({ phases }: UnitRow): string {
  const { sourceBytes } = contentOf(phases).totals;
  return sourceBytes > 0 ? formatBytes(sourceBytes) : "-";
}

function stepWords({ current, phases }: UnitRow) {
  if (current.outcome?.kind === "failed") return <code>{current.outcome.code}</code>;
  if (current.state === "failed" && current.outcome?.kind === "verified") return <>{differenceWords(current.outcome)}</>;
  const words =
    current.state === "done"
      ? doneWords(
          current.task,
          phases.some(({ beforeRepair, outcome }) => beforeRepair && !(outcome?.kind === "verified" && outcome.right)),
        )
      : `${TASKS[current.task]}: ${phaseWords(current)}`;
  return <span class="muted">{words.replace(/: $/, "")}</span>;
}
