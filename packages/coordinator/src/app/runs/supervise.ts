import { windowAdmits } from "../../domain/runs/wait-reason.ts";
import { backToWaiting, orderOf, UNDER_WAY } from "../../domain/runs/phase.ts";
import type { Phase } from "../../domain/runs/run.ts";
import type { Board } from "./board.ts";
import type { Canceller, OrdersOut } from "./cancel.ts";
import type { SentAhead } from "./sent-ahead.ts";
import type { Log } from "../log.ts";
import { aboutPhase } from "../live/log-transitions.ts";
import type { AgentLinks } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";
import type { Signals } from "../signals.ts";
import type { SiteView } from "../sites/site-view.ts";
import type { Timings } from "../timings.ts";

/** Follows released phases to their end: one job of the queue is one call of `supervise`. */
export interface Supervisor {
  /** Returns when the phase ended or went back to the backlog; running it twice for one phase is harmless. */
  supervise(phase: string, signal: AbortSignal): Promise<void>;
  isSupervised(phase: string): boolean;
  /** Its agent connected or disconnected. */
  systemChanged(system: string): void;
  /** Something changed that may hold phases back: the capacity of lines, a quarantine, the state of a run. */
  conditionsChanged(): void;
}

export interface SupervisorDeps {
  board: Board;
  links: AgentLinks;
  site: SiteView;
  signals: Signals;
  clock: Clock;
  steady: Clock;
  log: Log;
  timings: Timings;
  ordersOut: Pick<OrdersOut, "sent" | "sentAhead">;
  canceller: Pick<Canceller, "isCancelling">;
  sentAhead: SentAhead;
  schedule: () => void;
}

/** A phase that is followed, with the last order that was sent for it. */
interface Followed {
  system: string;
  sent?: Sent;
}

interface Sent {
  /** By the steady clock. */
  at: number;
  connection: number;
  epoch: number;
  ahead: Phase | undefined;
}

/** A new connection gets its first order this much later, ms. */
const NOT_YET_MS = 50;

export function createSupervisor(deps: SupervisorDeps): Supervisor {
  const { board, links, site, signals, ordersOut, canceller, sentAhead, clock, steady, log, timings } = deps;
  const supervised = new Map<string, Followed>();

  async function supervise(id: string, signal: AbortSignal): Promise<void> {
    const phase = board.get(id);
    if (phase?.state !== "released" || supervised.has(id)) return;
    const followed: Followed = { system: phase.system };
    supervised.set(id, followed);
    try {
      await follow(id, followed, signal);
      await takeBackAhead(id, followed);
    } catch (error) {
      // The release loop finds it running without supervision, and puts it back.
      log.warn({ order: id, system: phase.system, error: String(error) }, "the supervision of a phase broke off");
    } finally {
      supervised.delete(id);
      deps.schedule();
    }
  }

  async function follow(id: string, followed: Followed, signal: AbortSignal): Promise<void> {
    let awaySince: number | undefined;
    for (;;) {
      const phase = board.get(id);
      if (signal.aborted || !phase || !UNDER_WAY.includes(phase.state)) return;
      const now = steady();
      const connection = links.agent(phase.system)?.since;
      if (connection === undefined) {
        if (awaySince === undefined) {
          awaySince = now;
          board.lost(id, clock());
        }
        if ((!followed.sent && phase.state === "released") || now - awaySince >= timings.awayMs) return putBack(phase);
        await signals.wait(id, timings.awayMs - (now - awaySince), signal);
        continue;
      }
      if (awaySince !== undefined) board.lost(id, (awaySince = undefined));
      if (!windowAdmits(phase, site.pathTo(phase.system), clock()) && !canceller.isCancelling(id)) return putBack(phase);
      const next: Sent = { at: now, connection, epoch: phase.epoch, ahead: sentAhead(phase) };
      if (!canceller.isCancelling(id) && isDue(phase, next, followed.sent)) {
        ordersOut.sent(id);
        if (next.ahead) ordersOut.sentAhead(next.ahead.id);
        if (await sendOrder(phase, next.ahead)) followed.sent = next;
        else await signals.wait(id, NOT_YET_MS, signal);
        continue;
      }
      await signals.wait(id, timings.resendMs, signal);
    }
  }

  /** An order is sent repeatedly until it is accepted, afterwards once over every new connection, and when what follows it changes. */
  function isDue({ state }: Phase, next: Sent, sent: Sent | undefined): boolean {
    if (!sent || sent.connection !== next.connection || !isSameOrder(sent.ahead, next.ahead)) return true;
    return state === "released" && next.at - sent.at >= timings.resendMs;
  }

  /** The phase went back while its agent continues, and nobody looks any more whether the activation that was sent ahead may follow. */
  async function takeBackAhead(id: string, { system, sent }: Followed): Promise<void> {
    const phase = board.get(id);
    if (!sent?.ahead || phase?.epoch !== sent.epoch || links.agent(system)?.since !== sent.connection) return;
    await sendOrder(phase, undefined);
  }

  async function sendOrder(phase: Phase, ahead: Phase | undefined): Promise<boolean> {
    const run = board.runs().get(phase.run);
    const sent = run !== undefined && (await links.send(phase.system, orderOf(phase, run, ahead)));
    const facts = { ...aboutPhase(phase), epoch: phase.epoch, ...(ahead ? { ahead: ahead.task } : {}) };
    if (sent) log.info(facts, `the order to ${phase.task} was sent`);
    return sent;
  }

  async function putBack(phase: Phase): Promise<void> {
    await board.change(phase.id, UNDER_WAY, backToWaiting);
  }

  return {
    supervise,
    isSupervised: (id) => supervised.has(id),
    systemChanged(system) {
      for (const [id, followed] of supervised) if (followed.system === system) signals.notify(id);
    },
    conditionsChanged() {
      for (const id of supervised.keys()) signals.notify(id);
    },
  };
}

function isSameOrder(a: Phase | undefined, b: Phase | undefined): boolean {
  return a?.id === b?.id && a?.epoch === b?.epoch;
}
