import type { PhaseState, WaitReason } from "@sitewright/protocol";
import { backoffChangesAt, turnAfter } from "./phase.ts";
import type { Phase } from "./run.ts";
import { byService } from "./service-order.ts";
import { comesFirst, laneKey, permitKey, siteLine, type Usage } from "./usage.ts";
import { reasonOfItsOwn, reasonOfOthers, type Surroundings } from "./wait-reason.ts";

/** Waiting phases of one address, or of one system where they cross none. */
export interface Lane {
  readonly key: string;
  /** Something changed since the last look: all of it is looked at again. */
  isMarked: boolean;
  /** What keeps some back may be free again, or kept back more: those that are ready are tried again. */
  isStirred: boolean;
  /** Of those that were ready, how many wait no longer. */
  gone: number;
  /** Their turn in their run has come. May repeat an id, and name phases that wait no longer: the next look drops them. */
  ids: string[];
  /** What the last look found. */
  seen: Seen;
}

interface Seen {
  /** Ids of those without a reason of their own, by precedence; and the system of each. */
  ready: string[];
  readySystems: string[];
  /** Index in `ready` of the one to try next. */
  next: number;
  /** What each of `ready` waits for has been told. */
  isTold: boolean;
  /** Of each system, whether it could be sent to. */
  systems: Map<string, number>;
  /** Lines reserved for the CAP or logon point of a site. */
  reserved: Set<string>;
  wantsSlot: boolean;
  /** Keys of the permits that some of `ready` wait for. */
  wantsPermits: Set<string>;
  /** The first end, or beginning, of a backoff, ms since 1970; Infinity: nothing is backed off. */
  backoffChangesAt: number;
  /** ms since 1970. */
  lookedAt: number;
}

/** Phases that wait no longer and stay in the lists of a lane, beside half of those that are ready. */
const MOST_GONE = 16;

/** By phase id. */
export interface Findings {
  waiting: Map<string, WaitReason>;
  /** How phases end that have nothing left to do, or whose earlier phase did not end well. */
  over: Map<string, PhaseState>;
}

export function createLane(key: string): Lane {
  return { key, isMarked: true, isStirred: false, gone: 0, ids: [], seen: nothingSeen() };
}

function nothingSeen(): Seen {
  return {
    ready: [],
    readySystems: [],
    next: 0,
    isTold: false,
    systems: new Map(),
    reserved: new Set(),
    wantsSlot: false,
    wantsPermits: new Set(),
    backoffChangesAt: Infinity,
    lookedAt: -Infinity,
  };
}

/** Looks at all phases of a lane. @returns Those whose earlier phase is open again: they leave the lane. */
export function lookAt(lane: Lane, around: Surroundings, { waiting, over }: Findings): Phase[] {
  const seen: Seen = { ...nothingSeen(), lookedAt: around.now };
  const ids = new Set<string>();
  const ready: Phase[] = [];
  const blocked: Phase[] = [];
  for (const id of lane.ids) {
    const phase = around.phaseOf(id);
    if (ids.has(id) || phase?.state !== "waiting" || laneKey(phase) !== lane.key) continue;
    const turn = turnOf(phase, around);
    if (turn === "later") {
      blocked.push(phase);
      continue;
    }
    ids.add(id);
    if (turn !== "due") {
      over.set(id, turn);
      continue;
    }
    seen.systems.set(phase.system, stateOf(phase.system, around));
    const reason = reasonOfItsOwn(phase, around);
    if (!reason) ready.push(phase);
    else waiting.set(id, reason);
    if (!reason && comesFirst(phase)) seen.reserved.add(siteLine(phase));
    seen.backoffChangesAt = Math.min(seen.backoffChangesAt, backoffChangesAt(phase, around.now));
  }
  ready.sort(byPrecedence(around));
  lane.seen = { ...seen, ready: ready.map(({ id }) => id), readySystems: ready.map(({ system }) => system) };
  lane.gone = 0;
  // In this order, which the next look need not make again.
  lane.ids = [...new Set(lane.seen.ready).union(ids)];
  // What is over is found again until it has ended.
  lane.isMarked = lane.ids.some((id) => over.has(id));
  return blocked;
}

function turnOf({ after, run }: Phase, { phaseOf, runs }: Surroundings): ReturnType<typeof turnAfter> {
  return after === undefined ? "due" : turnAfter(phaseOf(after), runs.get(run));
}

function stateOf(system: string, { isConnected, isUnknown }: Surroundings): number {
  return (isConnected(system) ? 1 : 0) + (isUnknown?.(system) ? 2 : 0);
}

/** One of those that were ready waits no longer. It stays in the lists until half of them are such. */
export function leave(lane: Lane): void {
  lane.gone += 1;
  lane.isStirred = true;
  // Whether a line is reserved is decided by who is ready.
  if (lane.seen.reserved.size > 0 || lane.gone > MOST_GONE + lane.seen.ready.length / 2) lane.isMarked = true;
}

/**
 * Whether the lane has to be looked at again: it was marked, a backoff ended or began, the clock was set back, or one of its systems can be sent to, or
 * cannot, since.
 */
export function hasChanged({ isMarked, seen }: Lane, around: Surroundings): boolean {
  if (isMarked || seen.backoffChangesAt <= around.now || around.now < seen.lookedAt) return true;
  return seen.systems.entries().some(([system, state]) => state !== stateOf(system, around));
}

/** Whether something of one of its systems changed. */
function concerns({ seen }: Lane, systems: ReadonlySet<string>): boolean {
  const [fewer, more] = seen.systems.size < systems.size ? [seen.systems, systems] : [systems, seen.systems];
  return fewer.keys().some((system) => more.has(system));
}

/** The next of the ready phases that nothing under way blocks. */
export function nextFree(lane: Lane, usage: Usage, around: Surroundings, waiting: Map<string, WaitReason>): Phase | undefined {
  const { seen } = lane;
  const isReserved = (line: string): boolean => seen.reserved.has(line) || usage.servesFirst(line);
  for (let id = seen.ready[seen.next++]; id !== undefined; id = seen.ready[seen.next++]) {
    if (usage.ofSystem(seen.readySystems[seen.next - 1] ?? "") >= around.limits.perSystem) {
      // Told to those too that wait no longer, who do not listen.
      waiting.set(id, "system-busy");
      continue;
    }
    const phase = around.phaseOf(id);
    if (phase?.state !== "waiting") continue;
    // What was decided about a system's definitions is forgotten after a while.
    const reason = around.undecided?.(phase) ?? reasonOfOthers(phase, { usage, isReserved, around });
    if (!reason) return phase;
    if (reason === "queue-full") seen.wantsSlot = true;
    // The same holds for all after it.
    if (reason === "queue-full" && seen.isTold) return undefined;
    const permit = permitKey(phase);
    if (reason === "max-unavailable" && permit !== undefined) seen.wantsPermits.add(permit);
    waiting.set(id, reason);
  }
  seen.isTold = true;
  return undefined;
}

/** What changed for lanes that are not looked at again. */
export interface Stirred {
  hasSlots: boolean;
  /** Permits. */
  freed: ReadonlySet<string>;
  /** Systems of phases that changed. */
  systems: ReadonlySet<string>;
}

/** Whether the ready phases of a lane are to be tried once more. */
export function tryAgain(lane: Lane, { hasSlots, freed, systems }: Stirred): boolean {
  const { seen } = lane;
  const isChanged = lane.isStirred || concerns(lane, systems) || !seen.wantsPermits.isDisjointFrom(freed);
  if (!isChanged && !(hasSlots && seen.wantsSlot)) return false;
  lane.isStirred = false;
  if (isChanged) seen.isTold = false;
  seen.next = 0;
  seen.wantsSlot = false;
  return true;
}

/** The phase that a lane would release next. */
export function headOf({ seen }: Lane, { phaseOf }: Surroundings): Phase | undefined {
  for (let id = seen.ready[seen.next]; id !== undefined; id = seen.ready[++seen.next]) {
    const phase = phaseOf(id);
    if (phase?.state === "waiting") return phase;
  }
  return undefined;
}

/** Which of two phases goes first. */
export function byPrecedence({ runs }: Surroundings): (a: Phase, b: Phase) => number {
  const createdAt = ({ run }: Phase): number => runs.get(run)?.createdAt ?? 0;
  return (a, b) => byService(a, b) || createdAt(a) - createdAt(b) || a.number - b.number;
}
