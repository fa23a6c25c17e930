import { createLane, type ActiveJob, type Lane, type LaneWork } from "./lane.ts";
import { forecastLine, OWN_NETWORK, type ForecastLine } from "./lines.ts";
import { windowWait, type WindowWait } from "../addresses/window-wait.ts";

export interface SimulationInput {
  /** ms since 1970. */
  now: number;
  lanes: readonly LaneWork[];
  /** Jobs of one system under way at once. */
  perSystem: number;
  /** From a job's start to its first byte, ms. */
  fixedMs: number;
  /** Measured rates of lines, bit/s, where that is less than their budget or nothing else is known. */
  measured: ReadonlyMap<string, number>;
}

/**
 * Why something has no end: it comes to an hour in which no line on the path states a rate, and none was measured; no window opens, an
 * operator paused it, or it takes longer than the horizon.
 */
export type NoEnd = "no-rate" | "never-opens" | "address-paused" | "too-long";

export interface Simulated {
  /** When the last byte of a job has arrived, by job, ms since 1970. */
  ends: Map<string, number>;
  /** By lane, for the jobs that do not end. */
  noEnd: Map<string, NoEnd>;
  /** By lane: the first window that its work has to wait for. */
  waits: Map<string, WindowWait>;
  /** By lane: when its first job began, ms since 1970. */
  starts: Map<string, number>;
  /** By lane: how long all of its work waited for closed windows, ms. */
  waited: Map<string, number>;
}

/** Horizon: schedules repeat every week, and no change of summer time hides an hour for longer. */
const HORIZON = 8 * 7 * 24 * 60 * 60 * 1000;
/** A remainder that is transferred within this time, ms, counts as transferred: more than rounding errors, less than is noticeable. */
const AT_ONCE = 0.01;
/** Steps of lanes and of their queues between two yields: some ms of work. */
const STRETCH = 4000;

/** Simulates the transfers. Yields repeatedly, so that the caller can do other work in between. */
export function* simulate(input: SimulationInput): Generator<void, Simulated> {
  const result: Simulated = { ends: new Map(), noEnd: new Map(), waits: new Map(), starts: new Map(), waited: new Map() };
  for (const together of sharingLines(input.lanes)) {
    yield* play(together, input, result);
    yield;
  }
  return result;
}

function* play(works: readonly LaneWork[], { now, perSystem, fixedMs, measured }: SimulationInput, result: Simulated): Generator<void> {
  const lines = new Map<string, ForecastLine>();
  for (const { path } of works) for (const address of path) lines.set(address.key, forecastLine(address, measured.get(address.key)));
  if (works.some(({ path }) => path.length === 0)) lines.set(OWN_NETWORK, forecastLine(undefined, measured.get(OWN_NETWORK)));
  const lanes: Lane[] = [];
  for (const work of works) lanes.push(yield* createLane(work, perSystem, fixedMs));
  const breadth = lanes.reduce((sum, lane) => sum + lane.breadth, 0);
  const open = new Set(lanes);
  const pathOf = new Map(lanes.map((lane) => [lane, linesOf(lane.work).flatMap((key) => lines.get(key) ?? [])]));
  for (let at = now, looks = 0; at < now + HORIZON; looks += open.size + breadth) {
    if (looks > STRETCH) {
      yield;
      looks = 0;
    }
    for (const line of lines.values()) line.moveTo(at);
    for (const lane of open) {
      lane.fill((priority) => pathOf.get(lane)?.every((line) => line.admits(priority)) ?? true, at);
      noteWait(lane, pathOf.get(lane) ?? [], at, result.waits);
      if (lane.active.length > 0 && !result.starts.has(lane.work.key)) result.starts.set(lane.work.key, at);
    }
    const going = [...open].flatMap((lane) => [{ lane, flowing: lane.active.filter(({ readyAt }) => readyAt <= at) }]);
    const budgets = new Map([...lines].flatMap(([key, line]) => (line.budget() === Infinity ? [] : [[key, line.budget()]])));
    const rates = fairShares(
      going.map(({ lane, flowing }) => ({ lines: linesOf(lane.work), count: flowing.length })),
      budgets,
    );
    const unknown = going.filter(({ flowing }, index) => rates[index] === Infinity && flowing.some(({ left }) => left > 0));
    for (const { lane } of unknown) {
      open.delete(lane);
      result.noEnd.set(lane.work.key, "no-rate");
      if (lane.unfinished() === lane.work.jobs.length) result.starts.delete(lane.work.key);
    }
    if (open.size === 0) return;
    if (unknown.length > 0) continue;
    const next = nextEvent(going, rates, lines.values(), at);
    for (const { work, active } of open)
      if (active.length === 0) result.waited.set(work.key, (result.waited.get(work.key) ?? 0) + next - at);
    for (const [index, { lane, flowing }] of going.entries()) {
      for (const one of flowing) {
        const rate = (rates[index] ?? 0) / 1000;
        if (one.left > 0) one.left -= (next - at) * rate;
        if (one.left > 0 && one.left > AT_ONCE * rate) continue;
        result.ends.set(one.job.id, next);
        lane.finish(one);
      }
      if (lane.unfinished() === 0) open.delete(lane);
    }
    if (open.size === 0) return;
    at = next;
  }
  for (const lane of open) result.noEnd.set(lane.work.key, reasonOf(lane, now + HORIZON));
}

function reasonOf({ work: { path }, active, nextPriority }: Lane, at: number): NoEnd {
  if (path.some(({ paused }) => paused)) return "address-paused";
  const priority = nextPriority();
  const wait = priority && windowWait(path, priority, at);
  return active.length > 0 || !wait || wait.opensAt !== undefined ? "too-long" : "never-opens";
}

interface Going {
  lane: Lane;
  flowing: readonly ActiveJob[];
}

/** When a job ends, a job's first byte arrives, or a line changes. */
function nextEvent(going: readonly Going[], rates: readonly number[], lines: Iterable<ForecastLine>, at: number): number {
  let next = Infinity;
  for (const line of lines) next = Math.min(next, line.until());
  for (const [index, { lane, flowing }] of going.entries()) {
    const rate = (rates[index] ?? 0) / 1000;
    for (const { left } of flowing) next = Math.min(next, left <= 0 ? at : at + left / rate);
    for (const { readyAt } of lane.active) if (readyAt > at) next = Math.min(next, readyAt);
  }
  return next;
}

function noteWait(lane: Lane, path: readonly ForecastLine[], at: number, waits: Map<string, WindowWait>): void {
  const { key, path: addresses } = lane.work;
  const noted = waits.get(key);
  if (noted) {
    if (noted.opensAt === undefined && lane.active.length > 0) waits.set(key, { ...noted, opensAt: at });
    return;
  }
  const priority = lane.nextPriority();
  if (lane.active.length > 0 || priority === undefined) return;
  const closed = path.find((line) => !line.admits(priority));
  const address = addresses.find((one) => one.key === closed?.key);
  if (address) waits.set(key, { address: address.key, timeZone: address.timeZone });
}

function linesOf({ path }: LaneWork): string[] {
  return path.length === 0 ? [OWN_NETWORK] : path.map(({ key }) => key);
}

/** Lanes that share a line, directly or through others; lanes that share nothing are simulated separately. */
function sharingLines(lanes: readonly LaneWork[]): LaneWork[][] {
  const groups: { keys: Set<string>; lanes: LaneWork[] }[] = [];
  for (const lane of lanes) {
    const keys = new Set(linesOf(lane));
    const joined = { keys, lanes: [lane] };
    for (const group of groups.filter((known) => !known.keys.isDisjointFrom(keys))) {
      for (const key of group.keys) joined.keys.add(key);
      joined.lanes.push(...group.lanes);
      groups.splice(groups.indexOf(group), 1);
    }
    groups.push(joined);
  }
  return groups.map((group) => group.lanes);
}

/** Transfers that cross the same lines. */
export interface Flow {
  /** Keys of lines. */
  lines: readonly string[];
  /** How many they are. */
  count: number;
}

/**
 * Rate of each transfer of a flow when all lines are shared max-min fairly: no flow can get more without reducing one that has no more than
 * itself. @param capacity bit/s by line; a line that is not in it limits nothing. @returns bit/s, Infinity without limit.
 */
export function fairShares(flows: readonly Flow[], capacity: ReadonlyMap<string, number>): number[] {
  const rates = flows.map(() => Infinity);
  const open = new Set(flows.flatMap(({ count }, index) => (count > 0 ? [index] : [])));
  const left = new Map(capacity);
  for (;;) {
    const counts = new Map<string, number>();
    for (const index of open)
      for (const line of flows[index]?.lines ?? [])
        if (left.has(line)) counts.set(line, (counts.get(line) ?? 0) + (flows[index]?.count ?? 0));
    let tightest: string | undefined;
    let share = Infinity;
    for (const [line, count] of counts) {
      const own = Math.max(0, left.get(line) ?? 0) / count;
      if (own >= share) continue;
      share = own;
      tightest = line;
    }
    if (tightest === undefined) return rates;
    for (const index of open) {
      const flow = flows[index];
      if (!flow?.lines.includes(tightest)) continue;
      rates[index] = share;
      open.delete(index);
      for (const line of flow.lines) if (left.has(line)) left.set(line, (left.get(line) ?? 0) - share * flow.count);
    }
    left.delete(tightest);
  }
}
