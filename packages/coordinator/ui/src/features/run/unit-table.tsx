import { useSignal } from "@preact/signals";
import { CONDITIONS as CONDITION_NAMES, type RowState } from "@sitewright/protocol";
import { differenceWords, type RowPage, type RunSummary } from "@sitewright/protocol/api";
import { queryOf } from "../../api/query.ts";
import { runTouched, useLive } from "../../api/reload.ts";
import { Bar } from "../../components/bar.tsx";
import { Empty, SearchField, Skeleton } from "../../components/page-parts.tsx";
import { Pill, UnitName } from "../../components/pill.tsx";
import { Pager } from "../../components/pager.tsx";
import { Segments } from "../../components/segments.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatBytes } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { contentOf, unitRows, type UnitRow } from "../../lib/unit-rows.ts";
import { CONDITIONS, doneWords, phaseLook, phaseWords, TASKS } from "../../lib/words.ts";
import { UnitDetails } from "./unit-details.tsx";

const STATES: readonly { value: RowState | "all"; name: string }[] = [
  { value: "all", name: "All" },
  { value: "working", name: "Working" },
  { value: "waiting", name: "Waiting" },
  { value: "failed", name: "Not done" },
  { value: "done", name: "Done" },
];

/** Units on one page. */
const PAGE = 100;

/** Every unit on every system, with its present state, page by page. */
export function UnitTable({ summary: { run, rows, conditions } }: { summary: RunSummary }) {
  const state = useSignal<RowState | "all">("all");
  const condition = useSignal("");
  const text = useSignal("");
  const cursors = useSignal<readonly string[]>([]);
  const open = useSignal<ReadonlySet<string>>(new Set());
  const asked = queryOf({
    limit: String(PAGE),
    state: state.value === "all" ? undefined : state.value,
    condition: condition.value,
    text: text.value.trim(),
    after: cursors.value.at(-1),
  });
  const { answer } = useLive<RowPage>(`/api/v1/runs/${encodeURIComponent(run.id)}/units${asked}`, runTouched(run.id));
  const present = CONDITION_NAMES.filter((name) => conditions[name] > 0 || name === condition.value);

  function toggle(key: string): void {
    const next = new Set(open.value);
    if (!next.delete(key)) next.add(key);
    open.value = next;
  }

  function choose(change: () => void): void {
    change();
    cursors.value = [];
  }

  return (
    <>
      <div class="filters">
        <Segments
          legend="State"
          name="state"
          options={STATES}
          counts={rows}
          value={state.value}
          choose={(value) => choose(() => (state.value = value))}
        />
        {present.length > 0 && (
          <label class="filter">
            <span class="unseen">Condition</span>
            <select value={condition.value} onChange={({ currentTarget: { value } }) => choose(() => (condition.value = value))}>
              <option value="">Any condition</option>
              {present.map((name) => (
                <option key={name} value={name}>
                  {CONDITIONS[name].word} ({conditions[name].toLocaleString("en")})
                </option>
              ))}
            </select>
          </label>
        )}
        <SearchField label="Find a unit or a system" text={text} onInput={() => (cursors.value = [])} />
      </div>
      {!answer && <Skeleton lines={6} label="Loading the units" />}
      {answer && answer.rows.length === 0 && <Empty title="No unit fits these filters" />}
      {answer && answer.rows.length > 0 && (
        <Table
          caption="Units by system"
          columns={columnsOf(open.value, toggle)}
          rows={unitRows(answer.rows)}
          one="unit"
          rowKey={({ key }) => key}
          below={(row) => (open.value.has(row.key) ? <UnitDetails row={row} /> : undefined)}
        />
      )}
      {answer && <Pager cursors={cursors} next={answer.next} found={answer.found} shown={answer.rows.length} one="unit" />}
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
