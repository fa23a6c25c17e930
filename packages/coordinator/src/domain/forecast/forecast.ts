import { UNIT_KINDS, packageOf } from "@sitewright/protocol";
import type { Address } from "../sites/hierarchy.ts";
import { budgetBytes } from "../lines/pacing.ts";
import type { Phase, Run } from "../runs/run.ts";
import { laneKey } from "../runs/usage.ts";
import type { WindowWait } from "../addresses/window-wait.ts";
import { courseOf, type Course, type Item } from "./course.ts";
import type { LaneWork } from "./lane.ts";
import { OWN_NETWORK } from "./lines.ts";
import { simulate, type Simulated } from "./simulate.ts";
import { worksOf, type Work } from "./works.ts";
import { manifestWireBytes } from "../lines/wire-bytes.ts";

/** When a run completes, and how service is restored until then. */
export interface Forecast {
  /** ms since 1970. */
  madeAt: number;
  /** Of the lines that can be timed: a line without a known rate is left out, unless all are without one. */
  total: Course;
  /** By line, in the order of their keys, the coordinator's own network first. */
  addresses: AddressForecast[];
  /** Systems whose agents are disconnected: their units are not timed. */
  away: string[];
}

export interface AddressForecast extends Course {
  /** Absent: the coordinator's own network. */
  address?: string;
  /** IANA name of the time zone of its hours. */
  timeZone?: string;
  /** The first window that its work has to wait for. */
  waits?: WindowWait;
  /** Measured rate, bit/s, where the forecast uses it. */
  measured?: number;
}

export interface ForecastInput extends Neighbourhood {
  /** ms since 1970. */
  now: number;
  /** By id. */
  runs: ReadonlyMap<string, Pick<Run, "createdAt">>;
  /** All phases of these runs. */
  phases: readonly Phase[];
  /** Whether a phase waits for the recovery of its site. */
  isQuarantined?: (phase: Phase) => boolean;
  /** The lines to a system, its own first; empty on the coordinator's own network. */
  pathTo: (system: string) => readonly Address[];
  /** bit/s by line, where that is less than its budget or nothing else is known; "" for the coordinator's own network. */
  measured: ReadonlyMap<string, number>;
  limits: { perSystem: number; perAddress: number };
}

export interface Forecasts {
  byRun: Map<string, Forecast>;
  /** When each unit is expected to be served, by the id of its staging or estimate, ms since 1970. */
  servedAt: Map<string, number>;
  /** By lane (`laneKey`), of the work of all these runs. */
  lanes: { starts: ReadonlyMap<string, number>; waited: ReadonlyMap<string, number> };
}

/** From an order to its first byte, before any measurement, ms. */
const FIXED_MS = 150;
/** From the last byte of a unit until it is served, before any measurement, ms. */
const SETTLE_MS = 300;
/** Stagings that sent less than this are not limited by the line. */
const NEXT_TO_NOTHING = 4096;

/** Forecasts all these runs together, since they share lines and slots. Yields periodically: a long queue takes long. */
export function* forecast(input: ForecastInput): Generator<void, Forecasts> {
  const works = sharedWorks(worksOf(input.phases, input.runs), input);
  yield;
  const timed = works.filter(
    ({ state, wireBytes, phase }) =>
      state === "open" && wireBytes !== undefined && input.isConnected(phase.system) && !input.isQuarantined?.(phase),
  );
  const fixedMs = meanDuration(input.phases, ({ task, wireBytes }) => task === "stage" && wireBytes <= NEXT_TO_NOTHING) ?? FIXED_MS;
  const settleMs = meanDuration(input.phases, ({ task }) => task === "activate") ?? SETTLE_MS;
  const lanes = lanesOf(timed, input);
  yield;
  const simulated = yield* simulate({ ...input, lanes, perSystem: input.limits.perSystem, fixedMs });
  const weightOf = weigher(works.map(({ phase }) => phase));
  const items = new Map(works.map((work) => [work, itemOf(work, weightOf(work.phase), { ...simulated, ...input, settleMs })]));
  yield;
  const byRun = new Map<string, Forecast>();
  for (const [run, own] of Map.groupBy(works, ({ phase }) => phase.run)) {
    byRun.set(run, forecastOf(own, items, simulated, input));
    yield;
  }
  return {
    byRun,
    servedAt: new Map([...items].flatMap(([{ phase }, { servedAt }]) => (servedAt === undefined ? [] : [[phase.id, servedAt]]))),
    lanes: simulated,
  };
}

/** Of phases that ended well in their first attempt, ms. */
function meanDuration(phases: readonly Phase[], which: (phase: Phase) => boolean): number | undefined {
  const durations = phases.flatMap((phase) => {
    const { state, epoch, startedAt, endedAt } = phase;
    return state === "done" && epoch === 1 && startedAt !== undefined && endedAt !== undefined && which(phase) ? [endedAt - startedAt] : [];
  });
  return durations.length === 0 ? undefined : durations.reduce((sum, ms) => sum + ms, 0) / durations.length;
}

function lanesOf(works: readonly Work[], { pathTo, limits }: ForecastInput): LaneWork[] {
  return [...Map.groupBy(works, ({ phase }) => laneKey(phase))].map(([key, own]) => {
    const path = pathTo(own[0]?.phase.system ?? "");
    return {
      key,
      path,
      concurrency: path[0]?.concurrency ?? (path.length > 0 ? limits.perAddress : limits.perSystem),
      jobs: own.map(({ phase, wireBytes }) => ({
        id: phase.id,
        system: phase.system,
        site: phase.site,
        first: UNIT_KINDS[phase.unit.role].servesFirst && path.length > 0,
        priority: phase.priority,
        bits: budgetBytes(wireBytes ?? 0) * 8,
        underWay: phase.state === "running" || phase.state === "released",
      })),
    };
  });
}

type ItemInput = Pick<Simulated, "ends" | "noEnd"> & Pick<ForecastInput, "now" | "isConnected" | "isQuarantined"> & { settleMs: number };

function itemOf(work: Work, weight: number, { ends, noEnd, now, isConnected, isQuarantined, settleMs }: ItemInput): Item {
  const { phase, state, wireBytes } = work;
  const end = ends.get(phase.id);
  const known = { weight, wireBytes: wireBytes ?? 0 };
  if (state === "failed") return known;
  if (state === "served") return { ...known, servedAt: work.servedAt ?? now };
  if (isQuarantined?.(phase)) return { ...known, open: "site-quarantined" };
  if (!isConnected(phase.system)) return { ...known, open: "agent-away" };
  if (state === "arrived") return { ...known, servedAt: now + settleMs };
  if (wireBytes === undefined) return { ...known, open: "not-verified" };
  return end === undefined ? { ...known, open: noEnd.get(laneKey(phase)) ?? "never-opens" } : { ...known, servedAt: end + settleMs };
}

function forecastOf(works: readonly Work[], items: ReadonlyMap<Work, Item>, simulated: Simulated, input: ForecastInput): Forecast {
  const { now, pathTo, measured, isConnected } = input;
  const itemsOf = (some: readonly Work[]): Item[] => some.flatMap((work) => items.get(work) ?? []);
  const byAddress = [...Map.groupBy(works, ({ phase }) => phase.address ?? OWN_NETWORK)].sort(([a], [b]) => (a < b ? -1 : 1));
  const addresses = byAddress.map(([key, own]): AddressForecast => {
    const [line] = pathTo(own[0]?.phase.system ?? "");
    const waits = own.flatMap(({ phase }) => simulated.waits.get(laneKey(phase)) ?? [])[0];
    const rate = measured.get(key);
    return {
      ...(key === OWN_NETWORK ? {} : { address: key }),
      ...(line ? { timeZone: line.timeZone } : {}),
      ...(waits ? { waits } : {}),
      ...(rate === undefined ? {} : { measured: rate }),
      ...courseOf(itemsOf(own), now),
    };
  });
  const away = new Set(
    works.flatMap(({ phase, state }) => (state !== "failed" && state !== "served" && !isConnected(phase.system) ? [phase.system] : [])),
  );
  return { madeAt: now, total: courseOf(withRate(itemsOf(works)), now), addresses, away: [...away].sort() };
}

function withRate(items: readonly Item[]): readonly Item[] {
  const known = items.filter(({ open }) => open !== "no-rate");
  return known.length > 0 ? known : items;
}

interface Neighbourhood {
  /** Key of systems that fetch from each other what one of them has; undefined: the system fetches everything itself. */
  sharedSite: (system: string) => string | undefined;
  isConnected: (system: string) => boolean;
}

/**
 * Neighbours fetch from each other what one of them has: of content for several of them, only what the one with most lacks is sent over the
 * line, a part of it for each. The manifest is sent to each of them.
 */
function sharedWorks(works: readonly Work[], { sharedSite, isConnected }: Neighbourhood): Work[] {
  const contentOf = ({ phase }: Work): string | undefined => {
    const site = sharedSite(phase.system);
    return site === undefined || phase.manifest === undefined ? undefined : `${site} ${phase.manifest}`;
  };
  const holders = Map.groupBy(
    works.filter(({ phase, state, wireBytes }) => state !== "failed" && wireBytes !== undefined && isConnected(phase.system)),
    contentOf,
  );
  return works.map((work) => {
    const content = contentOf(work);
    const sharing = content === undefined ? [] : (holders.get(content) ?? []);
    if (!work.wireBytes || !sharing.some((other) => other !== work)) return work;
    const manifest = manifestWireBytes(work.phase);
    const lacking = Math.max(0, Math.min(...sharing.map(({ wireBytes = 0 }) => wireBytes)) - manifest);
    const parts = sharing.filter(({ state }) => state === "open").length;
    const own = isConnected(work.phase.system) ? lacking / Math.max(1, parts) : 0;
    return { ...work, wireBytes: Math.min(work.wireBytes, own + manifest) };
  });
}

/**
 * What clients need is weighed by clients: a package by those that wait for it, a CAP and a logon point by all of their site. A package
 * without a stated number counts as one client; a site without one has as many as wait for any one of its packages, and one at least.
 */
function weigher(phases: readonly Phase[]): (phase: Phase) => number {
  const most = new Map<string, number>();
  for (const { site, unit, clients } of phases)
    if (packageOf(unit) !== undefined) most.set(site, Math.max(most.get(site) ?? 1, clients ?? 1));
  return ({ site, unit, clients }) => clients ?? (packageOf(unit) === undefined ? (most.get(site) ?? 1) : 1);
}
