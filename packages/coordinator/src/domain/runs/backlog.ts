import { ENDED, QUARTER, type PhaseState, type WaitReason } from "@sitewright/protocol";
import { byPrecedence, createLane, hasChanged, headOf, leave, lookAt, nextFree, tryAgain, type Findings, type Lane } from "./lane.ts";
import { UNDER_WAY } from "./phase.ts";
import type { Phase } from "./run.ts";
import { createUsage, laneKey, type Use } from "./usage.ts";
import { maxUnavailable, type Surroundings } from "./wait-reason.ts";

/** What a round decided; all by phase id. */
export interface Choice {
  /** To be released now, in this order. */
  release: string[];
  /** Why others wait: of those that were looked at. */
  waiting: ReadonlyMap<string, WaitReason>;
  /** How phases end that have nothing left to do, or whose earlier phase did not end well. */
  over: ReadonlyMap<string, PhaseState>;
  /** Lanes were left for the next round. */
  isPartial: boolean;
}

/**
 * The phases that wait, in lanes. A change marks its lane, and a round looks only at marked ones: its cost follows what happens, not what
 * there is.
 */
export interface Backlog {
  /** A phase is new, or has changed in what decides about it; ended ones too. */
  put(phase: Phase): void;
  /** A phase under way makes progress, or stalls. */
  advanced(phase: Phase): void;
  /** Something else changed: the state of a run, a line, a quarantine. */
  touch(): void;
  choose(around: Surroundings): Choice;
}

/** Candidates that one round looks at: as many as take some 20 ms. */
const MOST_LOOKED_AT = 20_000;
/** Each lane is looked at again within twice this time, ms: a change that nobody reported takes effect then at the latest. */
const LOOK_AGAIN_MS = 60_000;
/** Parts of that time over which the lanes are spread. */
const SPREAD = 60;

/**
 * The lane with the fewest running phases goes first, so that no lane takes all slots; within a lane the order is that of restoring service,
 * then of runs and plan. A line is reserved for a site's CAP and logon point until they are complete: no package shares it with them.
 */
export function createBacklog(phaseOf: (id: string) => Phase | undefined): Backlog {
  /** The one that was looked at longest ago first. */
  const lanes = new Map<string, Lane>();
  /** When a lane is looked at again though nothing marked it, ms since 1970. */
  const lookAgainAt = new Map<string, number>();
  /** By phase that has not ended: those after it. */
  const followers = new Map<string, string[]>();
  /** They began to wait for an earlier phase. */
  const blocked = new Set<string>();
  const usage = createUsage();
  /** Permits of what the last round chose, by phase: it may be over before the next one, and others have been told to wait for it. */
  const chosen = new Map<string, string>();
  /** Phases whose usage may have changed. */
  const moved = new Set<string>();
  /** Systems of phases that changed: one has several lanes when its address changed between two runs. */
  const changed = new Set<string>();
  let quarter: number | undefined;
  let looks = 0;

  function put(phase: Phase): void {
    const { id, system, state, after } = phase;
    if (usage.has(id) || UNDER_WAY.includes(state)) moved.add(id);
    changed.add(system);
    const lane = lanes.get(laneKey(phase));
    if (lane && state === "waiting") lane.isMarked = true;
    else if (lane) leave(lane);
    if (ENDED.has(state)) {
      for (const follower of followers.get(id) ?? []) enqueue(phaseOf(follower));
      followers.delete(id);
    } else if (state === "waiting") {
      const earlier = after === undefined ? undefined : phaseOf(after);
      if (after === undefined || (earlier && ENDED.has(earlier.state))) enqueue(phase);
      else block(id, after);
    }
  }

  function enqueue(phase: Phase | undefined): void {
    if (!phase) return;
    const key = laneKey(phase);
    const lane = lanes.get(key) ?? createLane(key);
    lanes.set(key, lane);
    lane.ids.push(phase.id);
    lane.isMarked = true;
  }

  function block(id: string, after: string): void {
    blocked.add(id);
    const ids = followers.get(after) ?? [];
    if (!ids.includes(id)) followers.set(after, [...ids, id]);
  }

  /** What a phase occupied has changed. */
  function stir({ lane: key, line }: Use, after: Use | undefined): void {
    const lane = key === undefined ? undefined : lanes.get(key);
    if (!lane) return;
    if (line !== after?.line) lane.isMarked = true;
    if (key !== after?.lane) lane.isStirred = true;
  }

  function markAll(): void {
    for (const lane of lanes.values()) lane.isMarked = true;
  }

  /** Brings the usage up to date. @returns The permits that are free again. */
  function settle(around: Surroundings): Set<string> {
    const freed = new Set<string>();
    for (const [id, permit] of chosen) if (!UNDER_WAY.includes(phaseOf(id)?.state ?? "waiting")) freed.add(permit);
    chosen.clear();
    for (const id of moved) {
      const phase = phaseOf(id);
      const given = usage.giveBack(id);
      const taken = phase && UNDER_WAY.includes(phase.state) ? usage.take(phase, maxUnavailable(phase, around)) : undefined;
      if (given) stir(given, taken);
      if (given?.permit !== undefined && given.permit !== taken?.permit) freed.add(given.permit);
    }
    moved.clear();
    return freed;
  }

  /** Looks at the lanes that changed, and returns all that may release something. */
  function activeLanes(around: Surroundings, choice: Findings & { isPartial: boolean }): Lane[] {
    const freed = settle(around);
    const hasSlots = usage.slots() < around.limits.slots;
    const active: Lane[] = [];
    let candidates = 0;
    for (const lane of Array.from(lanes.values())) {
      const isDue = hasChanged(lane, around) || (lookAgainAt.get(lane.key) ?? 0) <= around.now;
      if (isDue && candidates > MOST_LOOKED_AT) {
        lane.isMarked = true;
        choice.isPartial = true;
      } else if (isDue) {
        candidates += lane.ids.length;
        look(lane, around, choice);
        active.push(lane);
      } else if (tryAgain(lane, { hasSlots, freed, systems: changed })) active.push(lane);
    }
    changed.clear();
    return active;
  }

  function look(lane: Lane, around: Surroundings, findings: Findings): void {
    for (const { id, after } of lookAt(lane, around, findings)) if (after !== undefined) block(id, after);
    lanes.delete(lane.key);
    lookAgainAt.delete(lane.key);
    if (lane.ids.length === 0) return;
    lanes.set(lane.key, lane);
    looks += 1;
    lookAgainAt.set(lane.key, around.now + LOOK_AGAIN_MS * (1 + (looks % SPREAD) / SPREAD));
  }

  /** Takes one phase after the other, each from the lane with the fewest under way. */
  function pick(active: Lane[], around: Surroundings, waiting: Map<string, WaitReason>): Phase[] {
    const picked: Phase[] = [];
    /** By the number of phases under way. */
    const levels: Lane[][] = [];
    const join = (lane: Lane): unknown => (levels[usage.inLane(lane.key)] ??= []).push(lane);
    active.forEach(join);
    for (let level = 0; level < levels.length; level++) {
      for (const lane of byHead(levels[level] ?? [], around)) {
        const phase = nextFree(lane, usage, around, waiting);
        if (!phase) continue;
        usage.take(phase, maxUnavailable(phase, around));
        picked.push(phase);
        join(lane);
      }
    }
    return picked;
  }

  return {
    put,
    advanced: ({ id }) => void moved.add(id),
    touch: markAll,
    choose(around) {
      // Windows open and close at these times.
      const now = Math.floor(around.now / QUARTER);
      if (now !== quarter) markAll();
      quarter = now;
      const choice = { waiting: new Map<string, WaitReason>(), over: new Map<string, PhaseState>(), isPartial: false };
      const picked = pick(activeLanes(around, choice), around, choice.waiting);
      // They count again once they are under way.
      for (const { id } of picked) {
        const permit = usage.giveBack(id)?.permit;
        if (permit !== undefined) chosen.set(id, permit);
      }
      for (const id of blocked.values().take(MOST_LOOKED_AT)) {
        choice.waiting.set(id, "earlier-phase");
        blocked.delete(id);
      }
      return { ...choice, release: picked.map(({ id }) => id), isPartial: choice.isPartial || blocked.size > 0 };
    },
  };
}

/** The lane whose next phase has precedence first. */
function byHead(lanes: readonly Lane[], around: Surroundings): Lane[] {
  const order = byPrecedence(around);
  const heads = lanes.map((lane) => ({ lane, head: headOf(lane, around) }));
  return heads.sort((a, b) => (a.head && b.head ? order(a.head, b.head) : a.head ? -1 : b.head ? 1 : 0)).map(({ lane }) => lane);
}
