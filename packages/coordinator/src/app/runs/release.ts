import type { WaitReason } from "@sitewright/protocol";
import type { Choice } from "../../domain/runs/backlog.ts";
import { backToWaiting, mayBeWithAgent, UNDER_WAY, type WaitDetails } from "../../domain/runs/phase.ts";
import type { Phase } from "../../domain/runs/run.ts";
import { rank } from "../../domain/runs/service-order.ts";
import { reasonOfItsOwn, type HeldBySite, type Surroundings } from "../../domain/runs/wait-reason.ts";
import { windowWait, type WindowWait } from "../../domain/addresses/window-wait.ts";
import { endDependents, endRuns, failUnreachable, holdBack, type HoldingBack, type Reachability } from "./end-phases.ts";
import type { Fleet } from "../agents/fleet.ts";
import type { StallWatch } from "../agents/stall-watch.ts";
import type { AgentLinks } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";
import type { JobQueue } from "../ports/runs.ts";
import type { UndecidedOrders } from "../recovery/undecided-orders.ts";
import type { SiteView } from "../sites/site-view.ts";
import { someAtOnce } from "../some-at-once.ts";
import type { Preparer } from "./prepare.ts";
import { createRounds } from "./rounds.ts";
import type { Supervisor } from "./supervise.ts";
import type { Timings } from "../timings.ts";

/**
 * Phases processed at once, over all systems. Many: on a slow line one holds its slot for hours. An address without a running phase may
 * have one beyond them.
 */
const SLOTS = 256;
/** Released beyond the slots, so that no slot stays empty between two rounds. */
const AHEAD = 16;
/** Limit of running phases of one system. */
export const PER_SYSTEM = 2;
/** Jobs that the queue's worker takes at once: all slots, and beyond them one for each of this many addresses. */
export const WORKERS = 2_048;
/** Slots of an address that states none. */
export const PER_ADDRESS = 3;

/** Reasons of which more is known: `detailsOf`. */
const HAS_DETAILS: ReadonlySet<WaitReason> = new Set(["window-closed", "address-paused", "objects-undecided", "agent-offline"]);

export interface ReleaseLoop {
  /** Schedules a round: something changed. */
  schedule(): void;
  /** A job was taken from the queue. */
  taken(phase: string): void;
  /** The queue may have lost jobs: what waits in it is released again. */
  distrustQueue(): void;
  start(): void;
  stop(): Promise<void>;
}

export interface ReleaseDeps extends Reachability, HoldingBack {
  fleet: Pick<Fleet, "heldUnit" | "isExpected" | "lastSeenHere" | "unseenFor" | "lastSeen">;
  queue: JobQueue;
  links: AgentLinks;
  site: SiteView;
  heldBySite: (phase: Phase) => HeldBySite | undefined;
  /** The quarantines in force, as a text that differs whenever they do. */
  quarantines: () => string;
  undecided: Pick<UndecidedOrders, "waitsFor">;
  timings: Timings;
  supervisor: Pick<Supervisor, "isSupervised" | "conditionsChanged">;
  preparer: Pick<Preparer, "isOpening">;
  stalls: StallWatch;
  /** Another coordinator may lead now: nothing is released. */
  isPaused: () => boolean;
  /** Start of this process, ms since 1970: absence of an agent before that is unknown. */
  startedAt: number;
  steady: Clock;
}

/** Moves phases from the backlog into the queue, and completes phases that are over. */
export function createReleaseLoop(deps: ReleaseDeps): ReleaseLoop {
  const { board, fleet, queue, links, site, supervisor, clock, steady, log, timings } = deps;
  /** Added to the queue and not yet taken from it: running although not supervised. Since when, by phase, by the steady clock. */
  const queued = new Map<string, number>();
  const rounds = createRounds(round, log);
  let timer: NodeJS.Timeout | undefined;
  /** When it was last looked at what does not advance, ms of the process's own clock: once a tick is enough. */
  let lookedAt = -Infinity;
  let quarantines = "";

  async function round(): Promise<number> {
    if (deps.isPaused()) return 0;
    await putBackOrphans();
    if (performance.now() - lookedAt >= timings.tickMs) {
      lookedAt = performance.now();
      await failUnreachable(deps);
      await deps.stalls.look();
    }
    const began = performance.now();
    const choice = choose();
    const choosing = performance.now() - began;
    await someAtOnce(choice.release, release).catch((error: unknown) => {
      // Those that were chosen have had their turn in their lanes, which would not look at them again for a minute.
      board.backlog.touch();
      throw error;
    });
    await endDependents(deps, choice.over);
    await endRuns(deps);
    if (choice.isPartial || choice.over.size > 0) rounds.schedule();
    return choosing;
  }

  /** Phases whose job broke off or was lost, or whose release was interrupted. */
  async function putBackOrphans(): Promise<void> {
    const underWay = board.idsUnderWay();
    const left = [...underWay].filter((id) => !supervisor.isSupervised(id));
    const workersAreFree = underWay.size - left.length < WORKERS;
    const isQueued = (id: string): boolean => {
      const since = queued.get(id);
      return since !== undefined && !(workersAreFree && steady() - since >= timings.lostMs);
    };
    const orphans = left.filter((id) => !isQueued(id));
    await someAtOnce(orphans, (id) => {
      queued.delete(id);
      return board.change(id, UNDER_WAY, backToWaiting);
    });
  }

  function choose(): Choice {
    const now = clock();
    const inForce = deps.quarantines();
    if (quarantines !== inForce) {
      board.backlog.touch();
      supervisor.conditionsChanged();
    }
    quarantines = inForce;
    const choice = board.backlog.choose(around(now));
    const windowOf = createWindowLookup(site, now);
    for (const [id, reason] of choice.waiting) {
      // Most wait for the same as before.
      if (board.reasonOf(id) === reason && !HAS_DETAILS.has(reason)) continue;
      const phase = board.get(id);
      if (phase) board.waitingFor(phase, reason, detailsOf(phase, reason, windowOf));
    }
    return choice;
  }

  function around(now: number): Surroundings {
    return {
      runs: board.runs(),
      phaseOf: (id) => board.find(id),
      isConnected: (system) => links.isConnected(system),
      isUnknown: (system) => fleet.isExpected(system),
      heldBySite: deps.heldBySite,
      undecided: (phase) => deps.undecided.waitsFor(phase)?.reason,
      pathTo: (system) => site.pathTo(system),
      now,
      limits: { slots: SLOTS + AHEAD, perSystem: PER_SYSTEM, perAddress: PER_ADDRESS },
    };
  }

  function detailsOf(phase: Phase, reason: WaitReason, windowOf: (phase: Phase) => WindowWait | undefined): WaitDetails {
    const window = reason === "window-closed" || reason === "address-paused" ? windowOf(phase) : undefined;
    const undecided = reason === "objects-undecided" ? deps.undecided.waitsFor(phase)?.undecided : undefined;
    const lostSince = reason === "agent-offline" && mayBeWithAgent(phase) ? lastSeen(phase.system) : undefined;
    return {
      ...(window ? { window } : {}),
      ...(undecided ? { undecided } : {}),
      ...(lostSince === undefined ? {} : { lostSince }),
    };
  }

  /** As far as this process can tell. */
  function lastSeen(system: string): number {
    return Math.max(deps.startedAt, fleet.lastSeenHere(system) ?? deps.startedAt);
  }

  async function release(id: string): Promise<void> {
    const released = await board.inTurn(id, async () => {
      const phase = board.get(id);
      // What was being stored when it was chosen may have changed it, its run, or what it follows.
      if (!phase || rounds.isStopped() || reasonOfItsOwn(phase, around(clock())) || (await holdBack(deps, phase))) return undefined;
      return board.change(id, ["waiting"], (waiting) => ({ ...waiting, state: "released" }));
    });
    // Others wait because this one was chosen.
    if (!released) return board.backlog.touch();
    // Before `add`: the job may be taken from the queue before `add` returns.
    queued.set(id, steady());
    try {
      await queue.add({ id, epoch: released.epoch, priority: rank(released) });
    } catch (error) {
      queued.delete(id);
      throw error;
    }
  }

  return {
    schedule: rounds.schedule,
    taken: (phase) => void queued.delete(phase),
    distrustQueue() {
      queued.clear();
      rounds.schedule();
    },
    start() {
      timer = setInterval(rounds.schedule, timings.tickMs);
      rounds.schedule();
    },
    async stop() {
      clearInterval(timer);
      await rounds.stop();
    },
  };
}

/** What phases wait for at their lines, computed once per address and priority. */
function createWindowLookup(site: SiteView, now: number): (phase: Phase) => WindowWait | undefined {
  const known = new Map<string, WindowWait | undefined>();
  return ({ system, priority, address = system }) => {
    const key = `${address} ${priority}`;
    if (!known.has(key)) known.set(key, windowWait(site.pathTo(system), priority, now));
    return known.get(key);
  };
}
