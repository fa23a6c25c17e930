import { windowAdmits } from "../../domain/runs/wait-reason.ts";
import { backToWaiting, orderOf, UNDER_WAY } from "../../domain/runs/phase.ts";
import type { Phase } from "../../domain/runs/run.ts";
import type { Board } from "./board.ts";
import type { Canceller, OrdersOut } from "./cancel.ts";
import type { Log } from "../log.ts";
import { aboutPhase } from "../live/log-transitions.ts";
import type { AgentLinks, Clock } from "../ports.ts";
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
  /** The capacity of lines changed. */
  linesChanged(): void;
}

export interface SupervisorDeps {
  board: Board;
  links: AgentLinks;
  site: SiteView;
  signals: Signals;
  clock: Clock;
  log: Log;
  timings: Timings;
  ordersOut: Pick<OrdersOut, "sent">;
  canceller: Pick<Canceller, "isCancelling">;
  schedule: () => void;
}

/** A new connection gets its first order this much later, ms. */
const NOT_YET_MS = 50;

export function createSupervisor(deps: SupervisorDeps): Supervisor {
  const { board, links, site, signals, ordersOut, canceller, clock, log, timings } = deps;
  /** By phase: its system. */
  const supervised = new Map<string, string>();

  async function supervise(id: string, signal: AbortSignal): Promise<void> {
    const phase = board.get(id);
    if (phase?.state !== "released" || supervised.has(id)) return;
    supervised.set(id, phase.system);
    try {
      await follow(id, signal);
    } catch (error) {
      // The release loop finds it running without supervision, and puts it back.
      log.warn({ order: id, system: phase.system, error: String(error) }, "the supervision of a phase broke off");
    } finally {
      supervised.delete(id);
      deps.schedule();
    }
  }

  async function follow(id: string, signal: AbortSignal): Promise<void> {
    let sent: { at: number; connection: number } | undefined;
    let awaySince: number | undefined;
    for (;;) {
      const phase = board.get(id);
      if (signal.aborted || !phase || !UNDER_WAY.includes(phase.state)) return;
      const now = clock();
      const connection = links.agent(phase.system)?.since;
      if (connection === undefined) {
        if (awaySince === undefined) board.lost(id, (awaySince = now));
        if ((!sent && phase.state === "released") || now - awaySince >= timings.awayMs) return putBack(phase);
        await signals.wait(id, timings.awayMs - (now - awaySince), signal);
        continue;
      }
      if (awaySince !== undefined) board.lost(id, (awaySince = undefined));
      if (!windowAdmits(phase, site.pathTo(phase.system), now) && !canceller.isCancelling(id)) return putBack(phase);
      if (!canceller.isCancelling(id) && isDue(phase, sent, connection, now)) {
        ordersOut.sent(id);
        if (await sendOrder(phase)) sent = { at: now, connection };
        else await signals.wait(id, NOT_YET_MS, signal);
        continue;
      }
      await signals.wait(id, timings.resendMs, signal);
    }
  }

  /** An order is sent repeatedly until it is accepted, afterwards once over every new connection. */
  function isDue(phase: Phase, sent: { at: number; connection: number } | undefined, connection: number, now: number): boolean {
    return !sent || sent.connection !== connection || (phase.state === "released" && now - sent.at >= timings.resendMs);
  }

  async function sendOrder(phase: Phase): Promise<boolean> {
    const run = board.runs().get(phase.run);
    const sent = run !== undefined && (await links.send(phase.system, orderOf(phase, run)));
    if (sent) log.info({ ...aboutPhase(phase), epoch: phase.epoch }, `the order to ${phase.task} was sent`);
    return sent;
  }

  async function putBack(phase: Phase): Promise<void> {
    await board.change(phase.id, UNDER_WAY, backToWaiting);
  }

  return {
    supervise,
    isSupervised: (id) => supervised.has(id),
    systemChanged(system) {
      for (const [id, of] of supervised) if (of === system) signals.notify(id);
    },
    linesChanged() {
      for (const id of supervised.keys()) signals.notify(id);
    },
  };
}
