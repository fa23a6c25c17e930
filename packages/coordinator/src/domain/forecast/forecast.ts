import { UNIT_KINDS } from "@sitewright/protocol";
import type { Address } from "../sites/hierarchy.ts";
import { budgetBytes } from "../lines/pacing.ts";
import { eachSliced, filterSliced, groupSliced, mapSliced } from "../slices.ts";
import type { Phase, Run } from "../runs/run.ts";
import { laneKey } from "../runs/usage.ts";
import type { WindowWait } from "../addresses/window-wait.ts";
import { byLine } from "./by-line.ts";
import { courseOf, type Course, type Item } from "./course.ts";
import type { LaneWork } from "./lane.ts";
import { simulate, type Simulated } from "./simulate.ts";
import { weigher, worksOf, type Work } from "./works.ts";
import { manifestWireBytes, ORDER_BYTES } from "../lines/wire-bytes.ts";

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
  const works = yield* sharedWorks(yield* worksOf(input.phases, input.runs), input);
  const timed = yield* filterSliced(
    works,
    ({ state, wireBytes, phase }) =>
      state === "open" && wireBytes !== undefined && input.isConnected(phase.system) && !input.isQuarantined?.(phase),
  );
  const { fixedMs, settleMs } = yield* durationsOf(input.phases);
  const lanes = yield* lanesOf(timed, input);
  const simulated = yield* simulate({ ...input, lanes, perSystem: input.limits.perSystem, fixedMs });
  const weightOf = yield* weigher(works);
  const around: ItemInput = { ...simulated, ...input, settleMs };
  const servedAt = new Map<string, number>();
  const timedWorks = yield* mapSliced(works, (work): TimedWork => {
    const item = itemOf(work, weightOf(work.phase), around);
    if (item.servedAt !== undefined) servedAt.set(work.phase.id, item.servedAt);
    return { ...work, item };
  });
  const byRun = new Map<string, Forecast>();
  for (const [run, own] of yield* groupSliced(timedWorks, ({ phase }) => phase.run)) {
    const began = own.some(({ state }) => state === "served") ? input.runs.get(run)?.createdAt : undefined;
    byRun.set(run, yield* forecastOf(own, { since: Math.min(input.now, began ?? input.now), simulated, input }));
  }
  return { byRun, servedAt, lanes: simulated };
}

/** Means of phases that ended well in their first attempt, ms. */
function* durationsOf(phases: readonly Phase[]): Generator<void, { fixedMs: number; settleMs: number }> {
  const idle = { count: 0, ms: 0 };
  const activations = { count: 0, ms: 0 };
  yield* eachSliced(phases, ({ state, epoch, startedAt, endedAt, task, wireBytes }) => {
    if (state !== "done" || epoch !== 1 || startedAt === undefined || endedAt === undefined) return;
    const sum = task === "activate" ? activations : task === "stage" && wireBytes <= NEXT_TO_NOTHING ? idle : undefined;
    if (!sum) return;
    sum.count += 1;
    sum.ms += endedAt - startedAt;
  });
  const mean = ({ count, ms }: typeof idle, otherwise: number): number => (count > 0 ? ms / count : otherwise);
  return { fixedMs: mean(idle, FIXED_MS), settleMs: mean(activations, SETTLE_MS) };
}

function* lanesOf(works: readonly Work[], { pathTo, limits }: ForecastInput): Generator<void, LaneWork[]> {
  const lanes: LaneWork[] = [];
  for (const [key, own] of yield* groupSliced(works, ({ phase }) => laneKey(phase))) {
    const path = pathTo(own[0]?.phase.system ?? "");
    const jobs = yield* mapSliced(own, ({ phase, wireBytes }) => ({
      id: phase.id,
      system: phase.system,
      site: phase.site,
      first: UNIT_KINDS[phase.unit.role].servesFirst && path.length > 0,
      priority: phase.priority,
      bits: budgetBytes(onTheLine(phase, wireBytes ?? 0)) * 8,
      underWay: phase.state === "running" || phase.state === "released",
    }));
    lanes.push({ key, path, concurrency: path[0]?.concurrency ?? (path.length > 0 ? limits.perAddress : limits.perSystem), jobs });
  }
  return lanes;
}

/** Payload bytes, with what the order itself costs until its content begins to arrive. */
function onTheLine({ progress }: Phase, wireBytes: number): number {
  return wireBytes > 0 && progress?.step !== "fetching" ? wireBytes + ORDER_BYTES : wireBytes;
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

interface TimedWork extends Work {
  item: Item;
}

/** What all of a run's courses are based on. `since`: when it began, or while it has served nothing now; ms since 1970. */
interface Basis {
  since: number;
  simulated: Simulated;
  input: ForecastInput;
}

function* forecastOf(works: readonly TimedWork[], { since, simulated, input }: Basis): Generator<void, Forecast> {
  const { now, pathTo, measured, isConnected } = input;
  const itemsOf = (some: readonly TimedWork[]) => mapSliced(some, ({ item }) => item);
  const addresses: AddressForecast[] = [];
  for (const { key, facts, own } of yield* byLine(works, pathTo)) {
    const waiting = own.find(({ phase }) => simulated.waits.has(laneKey(phase)));
    const waits = waiting && simulated.waits.get(laneKey(waiting.phase));
    const rate = measured.get(key);
    addresses.push({
      ...facts,
      ...(waits ? { waits } : {}),
      ...(rate === undefined ? {} : { measured: rate }),
      ...(yield* courseOf(yield* itemsOf(own), since, now)),
    });
    yield;
  }
  const awaited = yield* filterSliced(works, ({ phase, state }) => state !== "failed" && state !== "served" && !isConnected(phase.system));
  const away = new Set(awaited.map(({ phase }) => phase.system));
  return { madeAt: now, total: yield* courseOf(yield* withRate(yield* itemsOf(works)), since, now), addresses, away: [...away].sort() };
}

function* withRate(items: readonly Item[]): Generator<void, readonly Item[]> {
  const known = yield* filterSliced(items, ({ open }) => open !== "no-rate");
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
function* sharedWorks(works: readonly Work[], { sharedSite, isConnected }: Neighbourhood): Generator<void, readonly Work[]> {
  const sites = new Map<string, string | undefined>();
  const siteOf = (system: string): string | undefined => {
    if (!sites.has(system)) sites.set(system, sharedSite(system));
    return sites.get(system);
  };
  const contentOf = ({ phase }: Work): string | undefined => {
    const site = siteOf(phase.system);
    return site === undefined || phase.manifest === undefined ? undefined : `${site} ${phase.manifest}`;
  };
  const holds = ({ phase, state, wireBytes }: Work): boolean => state !== "failed" && wireBytes !== undefined && isConnected(phase.system);
  /** By content: of the systems that hold or get it. */
  const sharing = new Map<string, { systems: number; parts: number; least: number }>();
  yield* eachSliced(works, (work) => {
    const content = contentOf(work);
    if (content === undefined || !holds(work)) return;
    const known = sharing.get(content) ?? { systems: 0, parts: 0, least: Infinity };
    sharing.set(content, known);
    known.systems += 1;
    known.parts += work.state === "open" ? 1 : 0;
    known.least = Math.min(known.least, work.wireBytes ?? 0);
  });
  return yield* mapSliced(works, (work) => {
    const content = contentOf(work);
    const among = content === undefined ? undefined : sharing.get(content);
    if (!work.wireBytes || !among || among.systems <= (holds(work) ? 1 : 0)) return work;
    const manifest = manifestWireBytes(work.phase);
    const lacking = Math.max(0, among.least - manifest);
    const own = isConnected(work.phase.system) ? lacking / Math.max(1, among.parts) : 0;
    return { ...work, wireBytes: Math.min(work.wireBytes, own + manifest) };
  });
}
