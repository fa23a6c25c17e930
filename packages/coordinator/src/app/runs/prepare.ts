import { randomUUID } from "node:crypto";
import { RUN_KINDS, SitewrightError, unitKey, type Digest, type RunKind, type RunKindRow, type Unit } from "@sitewright/protocol";
import type { Assignment, Hierarchy, Problem, UnitSource } from "../../domain/sites/hierarchy.ts";
import { supersededPhases } from "../../domain/runs/phase.ts";
import { copiesFor } from "../../domain/runs/distribution.ts";
import { createPhaseIds } from "../../domain/runs/phase-ids.ts";
import { planRun, type LeftOut, type UnitFacts } from "../../domain/runs/plan-run.ts";
import type { Phase, Run, RunOptions } from "../../domain/runs/run.ts";
import { isWaitForRoom, prepared, waitForRoom } from "../../domain/runs/retry.ts";
import { assignmentsIn, checkOptions, gathered, leftoversOf, problemsFor, select } from "../../domain/runs/selection.ts";
import { undescribedProblems } from "../../domain/sites/undescribed.ts";
import { phasesOf, type Board } from "./board.ts";
import type { Canceller } from "./cancel.ts";
import type { Fleet } from "../agents/fleet.ts";
import { createIndexer, pause, problemsOf, ROOM_PAUSE_MS, type Facts } from "./index-sources.ts";
import type { LivePublisher } from "../live/live-view.ts";
import type { Log } from "../log.ts";
import type { AgentLinks } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";
import type { ContentIndex } from "../ports/content.ts";
import type { RunStore } from "../ports/runs.ts";
import type { SiteDataReading } from "../ports/site-data.ts";
import { stepThrough } from "../step-through.ts";
import { eachSliced, filterSliced } from "../../domain/slices.ts";
import { interruptedRetry, prepareAgain, renew } from "./prepare-again.ts";
import type { SiteView } from "../sites/site-view.ts";

/** Plans read, newest first. */
const PLANS = 3;
/** Runs among which plans are searched. */
const RUNS = 30;

/** Before a run is prepared again after an outage of the store, ms. An outage, as a full disk, does not fail a run. */
const OUTAGE_PAUSE_MS = 1_000;

type KnownPresent = (system: string, unit: string, manifest: Digest) => number | undefined;

/**
 * What the systems hold of some content, by the last plans and the inventories; source bytes, undefined if neither says. A plan is ignored
 * once the agent has reconnected: its disk may be another.
 */
export async function readKnownPresent(
  { runStore, fleet, links }: { runStore: RunStore; fleet: Fleet; links: AgentLinks },
  sizeOf: (unit: string) => number | undefined,
): Promise<KnownPresent> {
  const plans = (await runStore.runs(RUNS)).filter(({ kind }) => RUN_KINDS[kind].isDryRun);
  const known = new Map<string, number>();
  for (const { id } of plans.slice(0, PLANS).reverse()) {
    const keep = ({ system, unit, manifest, outcome, endedAt = 0 }: Phase): void => {
      if (outcome?.kind === "estimated" && endedAt >= (links.agent(system)?.since ?? Infinity))
        known.set(`${system} ${unitKey(unit)} ${manifest}`, outcome.presentBytes);
    };
    await stepThrough(eachSliced(await runStore.phases(id), keep));
  }
  return (system, unit, manifest) => {
    const live = fleet.heldUnit(system, unit)?.live;
    return live?.manifest === manifest ? sizeOf(unit) : known.get(`${system} ${unit} ${manifest}`);
  };
}

/** The selection of a run, by the current site data. */
export interface Selected {
  options: RunOptions;
  /** Real folder of the site data. */
  root: string;
  hierarchy: Hierarchy;
  assignments: Assignment[];
  units: ReadonlyMap<string, UnitSource>;
  problems: Problem[];
}

/** Plans the phases of a request. */
export interface Preparer {
  /** Throws `SITE_DATA_INVALID`, `BAD_REQUEST`, `NOTHING_SELECTED`. */
  select(kind: RunKind, options: Partial<RunOptions>): Promise<Selected>;
  /**
   * Indexes, plans and starts a run in the background, unless that is in progress.
   * @param selected Absent: it is selected again, after a restart.
   * @param again Phases of the run that are to be retried.
   */
  begin(run: Run, selected?: Selected, again?: readonly Phase[]): void;
  /** Gives an order that waited the present content of its source. Throws as `select`, and `SOURCE_UNSTABLE`. */
  renew(phase: Phase, signal: AbortSignal): Promise<void>;
  /** Stops preparing this run. */
  abort(run: string): void;
  /** Whether a run is getting phases at this moment, although it may be cancelled by now. */
  isOpening(run: string): boolean;
  stop(): Promise<void>;
}

export interface PreparerDeps {
  board: Board;
  canceller: Canceller;
  fleet: Fleet;
  index: ContentIndex;
  runStore: RunStore;
  links: AgentLinks;
  live: LivePublisher;
  site: SiteView;
  isQuarantined: (phase: Phase) => boolean;
  clock: Clock;
  log: Log;
  schedule: () => void;
}

export function createPreparer(deps: PreparerDeps): Preparer {
  const { board, canceller, fleet, site, isQuarantined, clock, log, schedule } = deps;
  const indexSources = createIndexer({ ...deps, noteWait });
  const underWay = new Map<string, { abort: AbortController; done: Promise<void> }>();
  let stopped = false;
  const opening = new Set<string>();

  /** Has a run get phases, which takes several steps. If it is cancelled meanwhile, they end, and only then does the run. */
  async function open(run: string, give: () => Promise<unknown>): Promise<void> {
    opening.add(run);
    try {
      await give();
      if (board.runs().get(run)?.state === "cancelled") await canceller.cancel(phasesOf(board, run));
    } finally {
      opening.delete(run);
    }
  }

  async function selectFor(kind: RunKind, asked: Partial<RunOptions>): Promise<Selected> {
    return (await stepThrough(selectIn(await site.refresh(), kind, asked))).value;
  }

  function* selectIn(reading: SiteDataReading, kind: RunKind, asked: Partial<RunOptions>): Generator<void, Selected> {
    const { takesLeftovers, differences } = RUN_KINDS[kind];
    const { hierarchy, servedBy } = reading;
    const units = new Map(reading.units.map((source) => [unitKey(source.unit), source]));
    const assigned = yield* assignmentsIn(hierarchy, servedBy, units);
    const allHeld = fleet.allHeld();
    const known = takesLeftovers ? [...assigned, ...(yield* leftoversOf(hierarchy, assigned, allHeld))] : assigned;
    const options = yield* checkOptions(kind, asked, hierarchy, known);
    const { isAccepted, describe } = site;
    const stated = { ...reading, assigned, held: allHeld, isAccepted, describe };
    const undescribed = takesLeftovers ? [] : yield* undescribedProblems(stated, options, differences === "reported");
    const held = heldSites(reading.problems, RUN_KINDS[kind]);
    const trusted = yield* filterSliced(known, (one) => !held.has(one.site));
    const chosen = yield* select(trusted, options, [...reading.problems, ...undescribed], hierarchy.systems);
    const copies = { held: (system: string, unit: Unit) => fleet.heldUnit(system, unitKey(unit)), units, describe };
    const assignments = copiesFor(kind, chosen, options.packages, copies);
    const found = { selected: assignments, assigned: new Set(servedBy.keys()) };
    const problems = [...problemsFor(reading.problems, found, options, hierarchy.systems), ...undescribed];
    return { options, root: reading.root, hierarchy, assignments, units, problems };
  }

  async function prepare(run: Run, selected: Selected, signal: AbortSignal): Promise<void> {
    const facts = RUN_KINDS[run.kind].needsIndex ? await indexSources(run, selected, signal) : (new Map() satisfies Facts);
    if (signal.aborted) return;
    const present = RUN_KINDS[run.kind].rollsOut ? await readKnownPresent(deps, (unit) => sourceBytesOf(facts.get(unit))) : undefined;
    const planned = planRun({
      run,
      assignments: selected.assignments,
      hierarchy: selected.hierarchy,
      facts,
      ...(present ? { present } : {}),
      owned: new Map([...selected.units].map(([key, { owned }]) => [key, owned.map(({ path, kind, rights }) => ({ path, kind, rights }))])),
      held: (system, unit) => fleet.heldUnit(system, unitKey(unit)),
      describe: site.describe,
      generation: await fleet.next(),
      now: clock(),
      idOf: createPhaseIds(randomUUID()),
    });
    const { value: phases } = await stepThrough(planned);
    if (signal.aborted) return;
    await open(run.id, async () => {
      await board.addPhases(run.id, phases);
      const started = await board.changeRun(run.id, ["preparing"], (preparing) => {
        const ready = prepared(preparing, "running");
        return { ...ready, problems: gathered([...ready.problems, ...problemsOf(facts, selected.problems)]) };
      });
      if (started)
        await canceller.cancel((await stepThrough(supersededPhases(board.phases().toArray(), board.runs(), isQuarantined))).value);
    });
    schedule();
  }

  async function work(run: Run, selected: Selected | undefined, asked: readonly Phase[], signal: AbortSignal): Promise<void> {
    try {
      const again = run.retrying && asked.length === 0 ? await interruptedRetry(deps.runStore, board, run) : asked;
      if (again.length > 0) {
        const present = selected ?? (await selectFor(run.kind, run.options));
        await prepareAgain({ board, fleet, indexSources, clock, open }, run, { selected: present, phases: again }, signal);
        schedule();
      } else if (board.hasPhases(run.id)) {
        // The coordinator ended between the last two steps of the preparation.
        await board.changeRun(run.id, ["preparing"], (preparing) => prepared(preparing, "running"));
        schedule();
      } else await prepare(run, selected ?? (await selectFor(run.kind, run.options)), signal);
    } catch (error) {
      // Stopped or cancelled: that it could not go on is no failure of the run.
      if (signal.aborted) return;
      const { code, message, path } = SitewrightError.from(error);
      log.error({ run: run.id, code, error: message }, "a run could not be prepared");
      const isFull = code === "DISK_FULL";
      if (isFull) await noteWait(run, waitForRoom(undefined, { message, ...(path === undefined ? {} : { path }) }));
      const isOutage = isFull || code === "REDIS_UNREACHABLE" || !(await markFailed(run, { code, message }));
      if (!isOutage) return;
      await pause(isFull ? ROOM_PAUSE_MS : OUTAGE_PAUSE_MS, signal);
      if (!signal.aborted) await work(run, asked.length > 0 ? selected : undefined, asked, signal);
    }
  }

  /** @returns False: the store has an outage, and the run still counts as being prepared. */
  async function markFailed({ id }: Run, error: NonNullable<Run["error"]>): Promise<boolean> {
    try {
      await board.changeRun(id, ["preparing"], (preparing) => ({ ...prepared(preparing, "failed"), endedAt: clock(), error }));
      return true;
    } catch (cause) {
      if (SitewrightError.from(cause).code === "REDIS_UNREACHABLE") return false;
      throw cause;
    }
  }

  /** Stated once, in memory and in the store, where that is possible. */
  async function noteWait({ id }: Run, problem: Problem): Promise<void> {
    const isNoted =
      board
        .runs()
        .get(id)
        ?.problems.some((known) => isWaitForRoom(known) && known.unit === problem.unit) ?? true;
    if (isNoted) return;
    try {
      await board.changeRun(id, ["preparing"], (run) => ({ ...run, problems: [...run.problems, problem] }));
    } catch (error) {
      log.warn({ run: id, error: String(error) }, "it could not be stored what the preparation of a run waits for");
    }
  }

  return {
    select: selectFor,
    begin(run, selected, again = []) {
      // Redis may come back during the stop, and all that waits for a preparation is then begun again.
      if (stopped || underWay.has(run.id)) return;
      const abort = new AbortController();
      const done = work(run, selected, again, abort.signal)
        .catch((error: unknown) => log.error({ run: run.id, error: String(error) }, "a run could not be marked as failed"))
        .finally(() => underWay.delete(run.id));
      underWay.set(run.id, { abort, done });
    },
    async renew(phase, signal) {
      const run = board.runs().get(phase.run);
      if (!run) return;
      const selected = await selectFor(run.kind, run.options);
      await renew({ board, fleet, indexSources, clock }, phase, { run, selected }, signal);
    },
    abort: (run) => underWay.get(run)?.abort.abort(),
    isOpening: (run) => opening.has(run),
    async stop() {
      stopped = true;
      const all = [...underWay.values()];
      for (const { abort } of all) abort.abort();
      await Promise.all(all.map(({ done }) => done));
    },
  };
}

/** Sites whose systems are left out: data that went back are not rolled out, and what is missing after a loss is not taken for deleted. */
function heldSites(problems: readonly Problem[], { rollsOut, isDryRun, takesLeftovers }: RunKindRow): Set<string> {
  const codes = [
    ...(rollsOut || isDryRun ? ["RECOVERY_REQUIRED", "SITE_DATA_SHRANK"] : []),
    ...(takesLeftovers ? ["SITE_DATA_SHRANK"] : []),
  ];
  return new Set(problems.flatMap(({ code, leftOut, site }) => (codes.includes(code) && leftOut && site !== undefined ? [site] : [])));
}

function sourceBytesOf(facts: UnitFacts | LeftOut | undefined): number | undefined {
  return facts && "sourceBytes" in facts ? facts.sourceBytes : undefined;
}
