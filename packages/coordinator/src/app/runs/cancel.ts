import type { Cancel } from "@sitewright/protocol";
import { OPEN } from "../../domain/runs/phase.ts";
import type { Phase } from "../../domain/runs/run.ts";
import type { Board } from "./board.ts";
import type { Log } from "../log.ts";
import { aboutPhase } from "../live/log-transitions.ts";
import type { AgentLinks, Clock } from "../ports.ts";
import type { Timings } from "../timings.ts";

/** Ends phases early. */
export interface Canceller {
  /** A phase without a working agent ends at once; a working agent is told and gets some seconds to confirm. */
  cancel(phases: readonly Phase[]): Promise<void>;
  isCancelling(phase: string): boolean;
  /** The agent reported; no need to wait or to tell it. */
  settled(phase: string): void;
  /** Tells an agent what it may have missed while it was disconnected. */
  repeatTo(system: string): Promise<void>;
  /** Tells an agent that an order it accepted has no phase any more. */
  refuse(system: string, orderId: string, epoch: number): Promise<void>;
  stop(): void;
}

/** Orders that an agent may still have, regardless of the run store. */
export interface OrdersOut {
  sent(phase: string): void;
  /** Its result is stored. */
  settled(phase: string): void;
  mayBeOut(phase: Phase): boolean;
}

export function createOrdersOut(): OrdersOut {
  const out = new Set<string>();
  return {
    sent: (id) => void out.add(id),
    settled: (id) => void out.delete(id),
    mayBeOut: ({ id, state, startedAt, notBefore }) =>
      out.has(id) || state === "running" || (startedAt !== undefined && notBefore === undefined),
  };
}

export interface CancellerDeps {
  board: Board;
  links: AgentLinks;
  clock: Clock;
  log: Log;
  timings: Timings;
  ordersOut: Pick<OrdersOut, "mayBeOut">;
  schedule: () => void;
}

export function createCanceller({ board, links, clock, log, timings, ordersOut, schedule }: CancellerDeps): Canceller {
  const deadlines = new Map<string, NodeJS.Timeout>();
  /** Cancels that an agent has not confirmed, by phase. */
  const unconfirmed = new Map<string, { system: string; message: Cancel }>();

  async function cancelOne(phase: Phase): Promise<void> {
    if (deadlines.has(phase.id)) return;
    if (!ordersOut.mayBeOut(phase)) return end(phase.id);
    const message: Cancel = { kind: "cancel", orderId: phase.id, epoch: phase.epoch };
    unconfirmed.set(phase.id, { system: phase.system, message });
    if (!links.isConnected(phase.system)) return end(phase.id);
    deadlines.set(
      phase.id,
      setTimeout(() => void force(phase), timings.cancelMs),
    );
    log.info({ ...aboutPhase(phase), epoch: phase.epoch }, "the agent is told to cancel the order");
    // The canceller does not wait for an agent that receives nothing.
    void links.send(phase.system, message);
  }

  async function force(phase: Phase): Promise<void> {
    deadlines.delete(phase.id);
    log.warn(aboutPhase(phase), "the agent did not confirm a cancel: the phase ends without it");
    await end(phase.id).catch((error: unknown) =>
      log.error({ ...aboutPhase(phase), error: String(error) }, "a phase could not be cancelled"),
    );
  }

  async function end(id: string): Promise<void> {
    await board.change(id, OPEN, (phase) => ({ ...phase, state: "cancelled", endedAt: clock() }));
    schedule();
  }

  return {
    async cancel(phases) {
      await Promise.all(phases.map(cancelOne));
    },
    isCancelling: (id) => deadlines.has(id),
    settled(id) {
      clearTimeout(deadlines.get(id));
      deadlines.delete(id);
      unconfirmed.delete(id);
    },
    async repeatTo(system) {
      for (const { system: of, message } of unconfirmed.values()) if (of === system) await links.send(system, message);
    },
    async refuse(system, orderId, epoch) {
      void links.send(system, { kind: "cancel", orderId, epoch });
    },
    stop() {
      for (const timer of deadlines.values()) clearTimeout(timer);
      deadlines.clear();
    },
  };
}
