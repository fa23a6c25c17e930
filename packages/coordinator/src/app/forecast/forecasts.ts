import { RUN_KINDS } from "@sitewright/protocol";
import { forecast, type Forecast, type ForecastInput } from "../../domain/forecast/forecast.ts";
import { restoredBy } from "../../domain/forecast/restored.ts";
import { sharedSite } from "../../domain/sites/neighbours.ts";
import type { Phase, Run } from "../../domain/runs/run.ts";
import type { RunTable } from "../../domain/runs/table/run-table.ts";
import type { Board } from "../runs/board.ts";
import type { LineSpeeds } from "../addresses/line-speeds.ts";
import type { Log } from "../log.ts";
import type { MeasuredRates } from "../addresses/measured-rates.ts";
import type { AgentLinks } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";
import type { ForecastStore } from "../ports/runs.ts";
import { stepThrough } from "../step-through.ts";
import { PER_ADDRESS, PER_SYSTEM } from "../runs/release.ts";
import type { SiteView } from "../sites/site-view.ts";

/** The forecast made when a run began, and the current one; or how it went. */
export interface RunForecast {
  first?: Forecast;
  /** Absent once the run has ended. */
  present?: Forecast;
  /** Once the run has ended: how service was restored. */
  actual?: Forecast;
}

export interface ForecastKeeper {
  of(run: Run): Promise<RunForecast>;
  /** For a plan: as if its rebuild began now, after what is queued. */
  ofPlan(run: Run, phases: readonly Phase[]): Promise<{ forecast: Forecast | undefined; servedAt: ReadonlyMap<string, number> }>;
  /** To be called when something has changed: a run without a forecast gets its first. */
  schedule(): void;
  /** Called periodically: measures, and recomputes the current forecasts. */
  look(): Promise<void>;
  /** Redis may have lost what was stored: it is stored again. */
  storeAgain(): void;
  stop(): Promise<void>;
}

export interface ForecastDeps {
  board: Board;
  store: ForecastStore;
  links: AgentLinks;
  site: SiteView;
  measured: MeasuredRates;
  speeds: Pick<LineSpeeds, "slower">;
  isQuarantined: (phase: Phase) => boolean;
  clock: Clock;
  log: Log;
}

/** Computing forecasts takes at most one part in this many of the time. */
const REST = 20;
/** But no pause is longer, ms: work during which this process stood still seems to have taken all of that time. */
const LONGEST_REST_MS = 60_000;

export function createForecasts({ board, store, links, site, measured, speeds, isQuarantined, clock, log }: ForecastDeps): ForecastKeeper {
  /** Of open runs. */
  const firsts = new Map<string, Forecast>();
  let present: ReadonlyMap<string, Forecast> = new Map();
  /** Runs whose first forecast the store is known to have. */
  const stored = new Set<string>();
  /** Runs whose first forecast was tried immediately; after a failure it waits for the next check. */
  const tried = new Set<string>();
  /** How ended runs went, by their tables: what is kept of those is bounded, and replaced when phases of an ended run change. */
  const actuals = new WeakMap<RunTable, Promise<Forecast | undefined>>();
  let making: Promise<void> | undefined;
  /** Not to be recomputed before, ms of the process's own clock. */
  let restUntil = 0;

  const openRuns = (): Run[] =>
    [...board.runs().values()].filter(({ kind, state }) => RUN_KINDS[kind].rollsOut && (state === "running" || state === "paused"));

  function inputOf(runs: readonly Run[], phases: readonly Phase[]): ForecastInput {
    return {
      now: clock(),
      runs: new Map(runs.map((run) => [run.id, run])),
      isQuarantined: (phase) => isQuarantined(phase) || phase.waitingFor === "objects-undecided",
      phases,
      pathTo: (system) => site.pathTo(system),
      isConnected: (system) => links.isConnected(system),
      sharedSite: (system) => sharedSite(site.hierarchy(), system),
      measured: new Map([...measured.rates(), ...speeds.slower()]),
      limits: { perSystem: PER_SYSTEM, perAddress: PER_ADDRESS },
    };
  }

  async function phasesOf(runs: readonly Run[]): Promise<Phase[]> {
    return (await Promise.all(runs.map(({ id }) => board.read(id)))).flat();
  }

  async function makePresent(): Promise<void> {
    const runs = openRuns();
    for (const known of [firsts, stored, tried]) for (const id of known.keys()) if (!runs.some((run) => run.id === id)) known.delete(id);
    // Nothing is known of lines, and of what may be sent over them, before the site data were read.
    if (runs.length === 0 || !site.last()) {
      present = new Map();
      return;
    }
    const {
      value: { byRun },
      workMs,
    } = await stepThrough(forecast(inputOf(runs, await phasesOf(runs))));
    // CPU time, without the wait for Redis and others: on a busy machine the pause would become minutes.
    restUntil = performance.now() + Math.min(workMs * REST, LONGEST_REST_MS);
    present = byRun;
    for (const { id } of runs) await keepFirst(id);
  }

  async function keepFirst(id: string): Promise<void> {
    const first = firsts.get(id) ?? (await store.first(id)) ?? present.get(id);
    if (!first) return;
    firsts.set(id, first);
    if (stored.has(id)) return;
    await store.keepFirst(id, first);
    stored.add(id);
  }

  async function actualOf(run: Run): Promise<Forecast | undefined> {
    if (!RUN_KINDS[run.kind].rollsOut) return undefined;
    const table = await board.tableOf(run.id);
    const known = actuals.get(table) ?? readActual(run);
    actuals.set(table, known);
    known.catch(() => actuals.delete(table));
    return known;
  }

  async function readActual(run: Run): Promise<Forecast | undefined> {
    return (await stepThrough(restoredBy(run, await board.read(run.id), site.pathTo))).value;
  }

  function make(): Promise<void> {
    making ??= makePresent()
      .catch((error: unknown) => log.warn({ error: String(error) }, "no forecast could be made"))
      .finally(() => {
        making = undefined;
      });
    return making;
  }

  return {
    async of(run) {
      const first = firsts.get(run.id) ?? (await store.first(run.id));
      const now = run.endedAt === undefined ? present.get(run.id) : undefined;
      const actual = run.endedAt === undefined ? undefined : await actualOf(run);
      return { ...(first ? { first } : {}), ...(now ? { present: now } : {}), ...(actual ? { actual } : {}) };
    },
    async ofPlan(run, phases) {
      const runs = [...openRuns(), run];
      const { byRun, servedAt } = (await stepThrough(forecast(inputOf(runs, [...(await phasesOf(openRuns())), ...phases])))).value;
      return { forecast: byRun.get(run.id), servedAt };
    },
    schedule() {
      const fresh = openRuns().filter(({ id, state }) => state === "running" && !tried.has(id) && board.hasPhases(id));
      for (const { id } of fresh) tried.add(id);
      // A forecast in progress may have begun without them.
      if (fresh.length > 0) void (making ?? Promise.resolve()).then(make);
    },
    async look() {
      measured.look(board.underWay(), (system) => site.pathTo(system), clock());
      if (performance.now() >= restUntil) await make();
    },
    storeAgain: () => stored.clear(),
    stop: async () => making,
  };
}
