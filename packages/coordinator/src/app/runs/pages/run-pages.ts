import { parseUnitKey, ROW_STATE_OF, totalsOf } from "@sitewright/protocol";
import { RUN_PAGE_ROWS } from "@sitewright/protocol/api";
import { withCondition } from "../../../domain/runs/phase.ts";
import { fateOf, type Difference, type Fate } from "../../../domain/runs/table/failures.ts";
import type { Hold } from "../../../domain/runs/table/holds.ts";
import { pageOfNames, pageOfRows, type Page } from "../../../domain/runs/table/pages.ts";
import { countRows, groupFailures, namedOf, placeOf, type FailureGroup } from "../../../domain/runs/table/places.ts";
import type { Group, RunTable } from "../../../domain/runs/table/run-table.ts";
import type { Phase, Run } from "../../../domain/runs/run.ts";
import type { LivePublisher } from "../../live/live-view.ts";
import type { RunStore } from "../../ports.ts";
import { stepThrough } from "../../step-through.ts";
import type { Board } from "../board.ts";
import type { HoldView, RunGroup, RunPages, StatedPhase } from "./run-views.ts";

const MOST_LINES = 100;
const MOST_HOLDS = 100;
const MOST_DIFFERENCES = 8;

export interface RunPagesDeps {
  board: Pick<Board, "tableOf" | "find">;
  runStore: Pick<RunStore, "phase">;
  live: Pick<LivePublisher, "sequence">;
}

/** Runs in numbers, and page by page. What is asked of a run that is open costs as much as what is answered. */
export function createRunPages({ board, runStore, live }: RunPagesDeps, find: (id: string) => Promise<Run>): RunPages {
  const failuresOf = createFailureGroups();
  const tableOf = async (id: string): Promise<RunTable> => board.tableOf((await find(id)).id);

  async function phasesOf(ids: readonly string[]): Promise<StatedPhase[]> {
    const found = await Promise.all(ids.map(async (id) => board.find(id) ?? runStore.phase(id)));
    return found.flatMap((phase) => (phase ? [withCondition(phase)] : []));
  }

  async function holdView({ kind, about, phases, systems, examples, windows }: Hold): Promise<HoldView> {
    const told = kind === "stalled" || kind === "undecided" || kind === "in-use" ? await phasesOf([...examples]) : [];
    const [first] = told.sort((a, b) => (a.stalledSince ?? 0) - (b.stalledSince ?? 0) || definitionsOf(b) - definitionsOf(a));
    const [window] = [...windows.values()].sort((a, b) => (a.opensAt ?? Infinity) - (b.opensAt ?? Infinity));
    return { kind, about, steps: phases, ...namedOf(systems), ...(first ? { first } : {}), ...(window ? { window } : {}) };
  }

  async function systemGroup(table: RunTable, system: number): Promise<RunGroup> {
    const group = groupView(table.rows.systems.text(system), table.ofSystem(system));
    const telling = tellingPhase(table, system);
    const [now] = telling === undefined ? [] : await phasesOf([telling]);
    return now ? { ...group, now } : group;
  }

  return {
    async summary(id) {
      const run = await find(id);
      const sequence = live.sequence();
      const table = await board.tableOf(id);
      const { rows, failures, lines } = table;
      const differences = [...failures.different.values()].map((found) => ({ found, fate: fate(table, found) }));
      const failed = failuresOf(table);
      const groups = Array.from({ length: lines.size }, (_, line) => groupView(lines.text(line), table.ofLine(line)));
      const holds = [...table.holds.all()].sort((a, b) => b.phases - a.phases).slice(0, MOST_HOLDS);
      return {
        run,
        totals: table.totals(),
        rows: countRows(rows.byState()),
        conditions: { ...rows.byCondition() },
        systemCount: rows.systems.size,
        lines: groups.sort((a, b) => b.leftBytes - a.leftBytes || (a.key < b.key ? -1 : 1)).slice(0, MOST_LINES),
        lineCount: lines.size,
        failures: failed.groups,
        wrong: placeOf(differences.flatMap(({ found, fate }) => (fate === "wrong" ? [found] : []))),
        differences: differences.slice(0, MOST_DIFFERENCES).flatMap(({ found: { system, unit: key, report }, fate }) => {
          const unit = parseUnitKey(key);
          return unit ? [{ system, unit, report, fate }] : [];
        }),
        differenceCount: differences.length,
        holds: await Promise.all(holds.map(holdView)),
        failedUnits: [...new Set(run.problems.flatMap(({ unit }) => (unit !== undefined && failed.units.has(unit) ? [unit] : [])))],
        changedSystems: table.changedSystems(),
        sequence,
      };
    },
    async units(id, { limit = RUN_PAGE_ROWS, after = 0, ...filter }) {
      const sequence = live.sequence();
      const { rows } = await tableOf(id);
      const { value: page } = await stepThrough(pageOfRows(rows, filter, { limit, after }));
      const found = page.items.map(async (at) => {
        const [system, state] = [rows.systems.text(rows.systemOf(at)), ROW_STATE_OF[rows.stateOf(at)]];
        const unit = parseUnitKey(rows.units.text(rows.unitOf(at)));
        return unit ? [{ system, unit, state, phases: await phasesOf(rows.idsOf(at)) }] : [];
      });
      return { rows: (await Promise.all(found)).flat(), ...pageFacts(page), sequence };
    },
    async systems(id, { limit = RUN_PAGE_ROWS, after = 0, text = "" }) {
      const sequence = live.sequence();
      const table = await tableOf(id);
      const page = pageOfNames(table.rows.systems, text, { limit, after });
      const groups = await Promise.all(page.items.map((system) => systemGroup(table, system)));
      return { groups, ...pageFacts(page), sequence };
    },
    async lines(id, { limit = RUN_PAGE_ROWS, after = 0, text = "" }) {
      const sequence = live.sequence();
      const table = await tableOf(id);
      const page = pageOfNames(table.lines, text, { limit, after });
      return { groups: page.items.map((line) => groupView(table.lines.text(line), table.ofLine(line))), ...pageFacts(page), sequence };
    },
  };
}

interface FailureGroups {
  version: number;
  groups: FailureGroup[];
  /** Unit keys. */
  units: ReadonlySet<string>;
}

/** The failures of a table by cause, made again when one was added. */
function createFailureGroups(): (table: RunTable) => FailureGroups {
  const known = new WeakMap<RunTable, FailureGroups>();
  return (table) => {
    const { version, failed } = table.failures;
    const before = known.get(table);
    if (before?.version === version) return before;
    const all = [...failed.values()];
    const made = { version, groups: groupFailures(all), units: new Set(all.map(({ unit }) => unit)) };
    known.set(table, made);
    return made;
  };
}

function definitionsOf({ undecided }: Phase): number {
  return undecided?.definitions ?? 0;
}

function pageFacts({ found, next }: Page): { found: number; next?: string } {
  return { found, ...(next === undefined ? {} : { next: String(next) }) };
}

function groupView(key: string, { tally, units }: Group): RunGroup {
  const { settledBytes, leftBytes } = tally;
  return { key, totals: totalsOf(tally, units, []), settledBytes, leftBytes };
}

function fate({ rows }: RunTable, difference: Difference): Fate {
  const [system, unit] = [rows.systems.find(difference.system), rows.units.find(difference.unit)];
  const row = system === undefined || unit === undefined ? undefined : rows.ofUnit(system, unit);
  if (row === undefined) return fateOf(difference, []);
  const states = rows.statesOf(row);
  return fateOf(difference, states.slice(rows.idsOf(row).indexOf(difference.phase) + 1));
}

/** The phase that tells most about a system at this moment: one that runs, or else what the first that waits waits for. */
function tellingPhase({ rows }: RunTable, system: number): string | undefined {
  let waiting: number | undefined;
  for (const row of rows.ofSystem(system)) {
    const state = rows.stateOf(row);
    if (state === "running") return rows.currentId(row);
    if (state === "waiting" && rows.conditionOf(row) !== "queued") waiting ??= row;
  }
  return waiting === undefined ? undefined : rows.currentId(waiting);
}
