import { parseUnitKey, ROW_STATE_OF } from "@sitewright/protocol";
import { RUN_PAGE_ROWS } from "@sitewright/protocol/api";
import { fateOf, type Difference, type Fate } from "../../../domain/runs/table/failures.ts";
import { isAbout } from "../../../domain/runs/table/latest.ts";
import type { Hold } from "../../../domain/runs/table/holds.ts";
import { pageOfNames, pageOfRows, type Page } from "../../../domain/runs/table/pages.ts";
import { countRows, groupFailures, namedOf, placeOf, type FailureGroup } from "../../../domain/runs/table/places.ts";
import type { RunTable } from "../../../domain/runs/table/run-table.ts";
import type { Phase, Run } from "../../../domain/runs/run.ts";
import type { LivePublisher } from "../../live/live-view.ts";
import type { Fleet } from "../../agents/fleet.ts";
import type { AgentLinks } from "../../ports/agents.ts";
import type { RunStore } from "../../ports/runs.ts";
import { stepThrough } from "../../step-through.ts";
import type { Board } from "../board.ts";
import { createPhaseLookup, groupView } from "./phase-lookup.ts";
import { recentRuns, type Recent } from "./recent-runs.ts";
import type { HoldView, RunPages, RunSummary } from "./run-views.ts";

const MOST_LINES = 100;
const MOST_HOLDS = 100;
const MOST_DIFFERENCES = 8;

export interface RunPagesDeps {
  board: Pick<Board, "tableOf" | "find" | "systems" | "countOfSystem">;
  runStore: Pick<RunStore, "phase" | "runs">;
  fleet: Pick<Fleet, "lastSeen">;
  links: Pick<AgentLinks, "isConnected">;
  live: Pick<LivePublisher, "sequence">;
}

/** Runs in numbers, and page by page. What is asked of a run that is open costs as much as what is answered. */
export function createRunPages({ board, runStore, fleet, links, live }: RunPagesDeps, find: (id: string) => Promise<Run>): RunPages {
  const { phasesOf, systemGroup } = createPhaseLookup({ board, runStore });
  const [failuresOf, currentFailuresOf] = [createFailureGroups(), createFailureGroups()];
  const tableOf = async (id: string): Promise<RunTable> => board.tableOf((await find(id)).id);

  async function holdView({ kind, about, phases, systems, examples, windows }: Hold): Promise<HoldView> {
    const told = kind === "stalled" || kind === "undecided" || kind === "in-use" ? await phasesOf([...examples]) : [];
    const [first] = told.sort((a, b) => (a.stalledSince ?? 0) - (b.stalledSince ?? 0) || definitionsOf(b) - definitionsOf(a));
    const [window] = [...windows.values()].sort((a, b) => (a.opensAt ?? Infinity) - (b.opensAt ?? Infinity));
    return { kind, about, steps: phases, ...namedOf(systems), ...(first ? { first } : {}), ...(window ? { window } : {}) };
  }

  /** @param newer Runs: failures of units that they are about are over. */
  async function summarize({ run, table }: Pick<Recent, "run" | "table">, newer: readonly Recent[]): Promise<Omit<RunSummary, "sequence">> {
    const { rows, failures, lines } = table;
    const current = [...failures.different.values()].filter(({ system, unit }) => !isAbout(newer, system, unit));
    const differences = current.map((found) => ({ found, fate: fate(table, found) }));
    const failed = (newer.length === 0 ? failuresOf : currentFailuresOf)({ table }, newer);
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
      wrong: placeOf(differences.flatMap(({ found, fate: its }) => (its === "wrong" ? [found] : []))),
      differences: differences.slice(0, MOST_DIFFERENCES).flatMap(({ found: { system, unit: key, report }, fate: its }) => {
        const unit = parseUnitKey(key);
        return unit ? [{ system, unit, report, fate: its }] : [];
      }),
      differenceCount: differences.length,
      holds: await Promise.all(holds.map(holdView)),
      failedUnits: [...new Set(run.problems.flatMap(({ unit }) => (unit !== undefined && failed.units.has(unit) ? [unit] : [])))],
      changedSystems: table.changedSystems(),
    };
  }

  /** Of systems without an agent. */
  function waitingSteps(): { away: number; unjoined: number } {
    const waiting = { away: 0, unjoined: 0 };
    for (const system of board.systems()) {
      if (links.isConnected(system)) continue;
      waiting[fleet.lastSeen(system) === undefined ? "unjoined" : "away"] += board.countOfSystem(system);
    }
    return waiting;
  }

  return {
    async summary(id) {
      const sequence = live.sequence();
      const run = await find(id);
      return { ...(await summarize({ run, table: await board.tableOf(id) }, [])), sequence };
    },
    async recent() {
      const sequence = live.sequence();
      const recent = await recentRuns(board, runStore);
      const runs = await Promise.all(recent.map(async (one, at) => ({ ...(await summarize(one, recent.slice(0, at))), sequence })));
      return { runs, waiting: waitingSteps(), sequence };
    },
    async units(id, { limit = RUN_PAGE_ROWS, after = 0, ...filter }) {
      const sequence = live.sequence();
      const { rows } = await tableOf(id);
      const { value: page } = await stepThrough(pageOfRows(rows, filter, { limit, after }));
      const found = page.items.map(async (at) => {
        const [system, state] = [rows.systems.text(rows.systemOf(at)), ROW_STATE_OF[rows.stateOf(at)]];
        const unit = parseUnitKey(rows.units.text(rows.unitOf(at)));
        return unit ? [{ system, unit, state, phases: await phasesOf(rows.idsOf(at)), current: rows.currentId(at) }] : [];
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
  /** What they depend on. */
  key: string;
  groups: FailureGroup[];
  /** Unit keys. */
  units: ReadonlySet<string>;
}

/** The failures of a run by cause without those that newer runs are about, made again when one was added. */
function createFailureGroups(): (of: Pick<Recent, "table">, newer: readonly Recent[]) => FailureGroups {
  const known = new WeakMap<RunTable, FailureGroups>();
  return ({ table }, newer) => {
    const { version, failed } = table.failures;
    const key = [version, ...newer.map(({ run, table: { rows } }) => `${run.id} ${rows.count}`)].join();
    const before = known.get(table);
    if (before?.key === key) return before;
    const all = [...failed.values()].filter(({ system, unit }) => !isAbout(newer, system, unit));
    const made = { key, groups: groupFailures(all), units: new Set(all.map(({ unit }) => unit)) };
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

function fate({ rows }: RunTable, difference: Difference): Fate {
  const [system, unit] = [rows.systems.find(difference.system), rows.units.find(difference.unit)];
  const row = system === undefined || unit === undefined ? undefined : rows.ofUnit(system, unit);
  if (row === undefined) return fateOf(difference, []);
  const states = rows.statesOf(row);
  return fateOf(difference, states.slice(rows.idsOf(row).indexOf(difference.phase) + 1));
}
