import { SitewrightError, ENDED_WELL, type RunState } from "@sitewright/protocol";
import { eligible } from "../../domain/runs/eligible.ts";
import { backToWaiting, turnAfter } from "../../domain/runs/phase.ts";
import { heldBack, heldOf } from "../../domain/sites/held-back.ts";
import { leftOutFailure, leftOutOf } from "../../domain/runs/plan-run.ts";
import { type Phase, type Run } from "../../domain/runs/run.ts";
import { rank } from "../../domain/runs/service-order.ts";
import { windowWait, type WindowWait } from "../../domain/addresses/window-wait.ts";
import { OPEN, UNDER_WAY, type Board } from "./board.ts";
import type { Fleet } from "../agents/fleet.ts";
import type { StallWatch } from "../agents/stall-watch.ts";
import type { Log } from "../log.ts";
import { aboutPhase } from "./log-transitions.ts";
import type { AgentLinks, Clock, JobQueue } from "../ports.ts";
import type { SiteView } from "../sites/site-view.ts";
import type { Supervisor } from "./supervise.ts";
import type { Timings } from "../timings.ts";

/**
 * Phases worked on at once, over all systems. Many: on a slow line one holds its slot for hours. An address with nothing under way may
 * have one beyond them.
 */
const SLOTS = 256;
/** Released ahead of the slots, so that none stands empty between two looks. */
const AHEAD = 16;
/** Of one system under way at once. */
export const PER_SYSTEM = 2;
/** Between two looks, ms: a first change is looked at once, a flood of them together. */
const GATHER_MS = 10;
/** Choosing takes at most one part in so many of the event loop's time, however many phases there are. */
const REST = 5;
/** Jobs that the queue's worker takes at once: all slots, and beyond them one of each of so many addresses. */
export const WORKERS = 2_048;
/** Of an address that does not say. */
export const PER_ADDRESS = 3;

export interface ReleaseLoop {
  /** Look soon: something changed. */
  schedule(): void;
  /** A job was taken from the queue. */
  taken(phase: string): void;
  /** The queue may have lost jobs: what waits in it is released again. */
  distrustQueue(): void;
  start(): void;
  stop(): Promise<void>;
}

export interface ReleaseDeps {
  board: Board;
  fleet: Pick<Fleet, "held" | "isExpected" | "lastSeenHere">;
  queue: JobQueue;
  links: AgentLinks;
  site: SiteView;
  clock: Clock;
  log: Log;
  timings: Timings;
  supervisor: Pick<Supervisor, "isSupervised">;
  stalls: StallWatch;
  /** Of this process, ms since 1970: before that nobody can say that an agent was away. */
  startedAt: number;
}

/** Tasks that compare or replace what a system holds with what the site data have. */
const BRINGS_CONTENT: ReadonlySet<Phase["task"]> = new Set(["estimate", "verify", "stage", "activate"]);

const LIVE_STATES: readonly RunState[] = ["running", "paused", "cancelled"];

/** Moves phases from the backlog into the queue, and ends what has come to its end. */
export function createReleaseLoop(deps: ReleaseDeps): ReleaseLoop {
  const { board, fleet, queue, links, site, supervisor, clock, log, timings } = deps;
  /** Added to the queue and not yet taken from it: under way although nobody supervises them. Since when, by phase, ms since 1970. */
  const queued = new Map<string, number>();
  let stopped = false;
  let again = false;
  /** What the last choosing took, ms. */
  let choosing = 0;
  /** When the last look ended, ms of the process's own clock. */
  let lookedAt = -Infinity;
  let looking: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  /** ms that a system's agent has been away, as far as this process can tell. */
  function awayFor(system: string): number {
    return clock() - Math.max(deps.startedAt, fleet.lastSeenHere(system) ?? deps.startedAt);
  }

  function schedule(): void {
    if (stopped) return;
    again = true;
    looking ??= lookUntilQuiet().finally(() => {
      looking = undefined;
      if (again) schedule();
    });
  }

  async function lookUntilQuiet(): Promise<void> {
    while (again && !stopped) {
      again = false;
      const rest = Math.max(GATHER_MS, choosing * REST) - (performance.now() - lookedAt);
      await new Promise((resolve) => (rest > 0 ? setTimeout(resolve, rest) : setImmediate(resolve)));
      try {
        await look();
      } catch (error) {
        again = false;
        log.warn({ error: String(error) }, "the release loop could not finish a round: it tries again soon");
      }
      lookedAt = performance.now();
    }
  }

  async function look(): Promise<void> {
    await putBackOrphans();
    await endDependents();
    await failUnreachable();
    await deps.stalls.look();
    await release();
    await endRuns();
  }

  /** Phases whose job broke off or was lost, or whose release was cut short. */
  async function putBackOrphans(): Promise<void> {
    const underWay = board.phases().filter(({ state }) => UNDER_WAY.includes(state));
    const workersAreFree = underWay.filter(({ id }) => supervisor.isSupervised(id)).length < WORKERS;
    const isQueued = (id: string): boolean => {
      const since = queued.get(id);
      return since !== undefined && !(workersAreFree && clock() - since >= timings.lostMs);
    };
    for (const { id } of underWay) {
      if (supervisor.isSupervised(id) || isQueued(id)) continue;
      queued.delete(id);
      await board.change(id, UNDER_WAY, backToWaiting);
    }
  }

  /** Ends what comes after something that did not end well, or that left it nothing to do. */
  async function endDependents(): Promise<void> {
    for (const phase of board.phases()) {
      if (phase.after === undefined || phase.state !== "waiting") continue;
      const state = turnAfter(board.find(phase.after));
      if (state === "due" || state === "later") continue;
      await board.change(phase.id, ["waiting"], (waiting) => ({ ...waiting, state, endedAt: clock() }));
    }
  }

  /** A question about now is answered now; orders that change something wait for their agent. */
  async function failUnreachable(): Promise<void> {
    for (const phase of board.phases()) {
      const asks = phase.task === "estimate" || (phase.task === "verify" && !phase.beforeRepair);
      if (!asks || phase.state !== "waiting" || links.isConnected(phase.system) || awayFor(phase.system) < timings.awayMs) continue;
      const error = new SitewrightError("AGENT_UNREACHABLE", `the agent of ${phase.system} is not connected: start it, then ask again`);
      await board.change(phase.id, ["waiting"], (waiting) => ({
        ...waiting,
        state: "failed",
        endedAt: clock(),
        outcome: { kind: "failed", code: error.code, message: error.message, retryable: true },
      }));
    }
  }

  async function release(): Promise<void> {
    const began = performance.now();
    const picked = eligible({
      phases: board.phases(),
      runs: board.runs(),
      phaseOf: (id) => board.find(id),
      isConnected: (system) => links.isConnected(system),
      isUnknown: (system) => fleet.isExpected(system),
      pathTo: (system) => site.pathTo(system),
      now: clock(),
      limits: { slots: SLOTS + AHEAD, perSystem: PER_SYSTEM, perAddress: PER_ADDRESS },
    });
    const windowOf = createWindowLookup();
    for (const [phase, reason] of picked.waiting) {
      const atLine = reason === "window-closed" || reason === "address-paused";
      board.waitingFor(phase, reason, atLine ? windowOf(phase) : undefined);
    }
    choosing = performance.now() - began;
    for (const phase of picked.release) if (!(await holdBack(phase))) await releaseOne(phase);
  }

  /** What an agent holds is known for certain only now: it may have come, or come back, since the run was planned. */
  async function holdBack(phase: Phase): Promise<boolean> {
    if (!BRINGS_CONTENT.has(phase.task) || board.runs().get(phase.run)?.options.acceptOlder) return false;
    const error = heldBack(heldOf(fleet.held(phase.system), phase.unit), phase, site.describe);
    if (!error) return false;
    log.warn({ ...aboutPhase(phase), code: error.code }, error.message);
    await board.change(phase.id, ["waiting"], (waiting) => ({
      ...waiting,
      state: "failed",
      endedAt: clock(),
      outcome: leftOutFailure(leftOutOf(error)),
    }));
    return true;
  }

  /** What phases wait for at their lines, looked up once for each address and priority. */
  function createWindowLookup(): (phase: Phase) => WindowWait | undefined {
    const known = new Map<string, WindowWait | undefined>();
    return ({ system, priority, address = system }) => {
      const key = `${address} ${priority}`;
      if (!known.has(key)) known.set(key, windowWait(site.pathTo(system), priority, clock()));
      return known.get(key);
    };
  }

  async function releaseOne(phase: Phase): Promise<void> {
    if (stopped) return;
    const released = await board.change(phase.id, ["waiting"], (waiting) => ({ ...waiting, state: "released" }));
    if (!released) return;
    // Before adding: the job may be taken from the queue before `add` returns.
    queued.set(released.id, clock());
    try {
      await queue.add({ id: released.id, epoch: released.epoch, priority: rank(released) });
    } catch (error) {
      queued.delete(released.id);
      throw error;
    }
  }

  async function endRuns(): Promise<void> {
    for (const run of board.runs().values()) {
      const states = board.statesOf(run.id);
      if (run.state === "preparing" || states.some((state) => OPEN.includes(state))) continue;
      const good = states.every((state) => ENDED_WELL.has(state)) && !run.problems.some((problem) => problem.leftOut);
      await board.changeRun(run.id, LIVE_STATES, (open) => ({ ...open, state: endState(open, good), endedAt: clock() }));
    }
  }

  return {
    schedule,
    taken: (phase) => void queued.delete(phase),
    distrustQueue() {
      queued.clear();
      schedule();
    },
    start() {
      timer = setInterval(schedule, timings.tickMs);
      schedule();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await looking;
    },
  };
}

function endState(run: Run, good: boolean): RunState {
  if (run.state === "cancelled") return "cancelled";
  return good ? "done" : "failed";
}
