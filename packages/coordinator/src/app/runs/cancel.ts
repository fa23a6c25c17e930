import { ENDED, type Cancel } from "@sitewright/protocol";
import { mayBeWithAgent, OPEN } from "../../domain/runs/phase.ts";
import type { Phase } from "../../domain/runs/run.ts";
import type { Board } from "./board.ts";
import type { Log } from "../log.ts";
import { aboutPhase } from "../live/log-transitions.ts";
import type { LiveView } from "../live/live-view.ts";
import type { AgentLinks } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";
import type { OwedCancel, RunStore } from "../ports/runs.ts";
import { someAtOnce } from "../some-at-once.ts";
import type { Timings } from "../timings.ts";

/** Ends phases early. */
export interface Canceller {
  /**
   * A phase without a working agent ends at once; a working agent is told and gets some seconds to confirm. What it does not confirm is
   * repeated with each of its connections, also by the next coordinator.
   */
  cancel(phases: readonly Phase[]): Promise<void>;
  isCancelling(phase: string): boolean;
  /** The agent reported; no need to wait or to tell it. */
  settled(phase: string): void;
  /** Continues with what an earlier coordinator cancelled and no agent has confirmed. Before agents connect. */
  takeUp(): Promise<void>;
  /** The run store may have lost what was stored last. */
  storeAgain(): Promise<void>;
  /** Tells an agent what it may have missed while it was disconnected. */
  repeatTo(system: string): Promise<void>;
  /** Tells an agent that an order it accepted has no phase any more. */
  refuse(system: string, orderId: string, epoch: number): Promise<void>;
  stop(): void;
}

/** Orders that an agent may still have, regardless of the run store. */
export interface OrdersOut {
  sent(phase: string): void;
  /** With the order before it: its agent begins it in its time. */
  sentAhead(phase: string): void;
  /** Its result is stored, or it was not begun; not needed for a phase that ends. */
  settled(phase: string): void;
  mayBeOut(phase: Phase): boolean;
  wasSentAhead(phase: string): boolean;
}

export function createOrdersOut(live: LiveView): OrdersOut {
  const out = new Set<string>();
  const ahead = new Set<string>();

  function settled(id: string): void {
    out.delete(id);
    ahead.delete(id);
  }

  // Many end without a result: by a cancel that no agent confirmed, or because its agent or the order before it failed.
  live.subscribe((event) => {
    if (event.type === "phase" && ENDED.has(event.phase.state)) settled(event.phase.id);
  });
  return {
    sent: (id) => void out.add(id),
    sentAhead: (id) => void ahead.add(id),
    settled,
    wasSentAhead: (id) => ahead.has(id),
    mayBeOut: (phase) => out.has(phase.id) || phase.state === "running" || mayBeWithAgent(phase),
  };
}

export interface CancellerDeps {
  board: Board;
  runStore: Pick<RunStore, "owedCancels" | "oweCancel" | "cancelSettled">;
  links: AgentLinks;
  clock: Clock;
  log: Log;
  timings: Timings;
  ordersOut: Pick<OrdersOut, "mayBeOut" | "wasSentAhead">;
  schedule: () => void;
}

export function createCanceller({ board, runStore, links, clock, log, timings, ordersOut, schedule }: CancellerDeps): Canceller {
  const deadlines = new Map<string, NodeJS.Timeout>();
  /** Cancels that an agent has not confirmed, by phase; also in the run store. */
  const owed = new Map<string, OwedCancel>();
  let isStopped = false;

  async function cancelOne({ id, after }: Phase): Promise<void> {
    await board.inTurn(id, async () => {
      const phase = board.get(id);
      if (phase && !deadlines.has(id)) await begin(phase);
    });
    // A result of this one that was being stored may just have opened what it follows once more.
    const earlier = after === undefined ? undefined : board.get(after);
    if (earlier) await cancelOne(earlier);
  }

  async function begin(phase: Phase): Promise<void> {
    const { id, system, epoch } = phase;
    if (!ordersOut.mayBeOut(phase)) {
      if (ordersOut.wasSentAhead(id)) void links.send(system, messageOf(id, epoch));
      return end(id);
    }
    owed.set(id, { system, epoch });
    const stored = runStore.oweCancel(id, { system, epoch });
    const left = phase.cancelBy === undefined ? timings.cancelMs : phase.cancelBy - clock();
    // Told by an earlier coordinator, its agent may still be on its way to this one.
    const mayAnswer = left > 0 && (phase.cancelBy !== undefined || links.isConnected(system));
    if (mayAnswer) tell(phase, Math.min(left, timings.cancelMs));
    await stored;
    if (!mayAnswer) return end(id);
    if (phase.cancelBy === undefined) await board.change(id, OPEN, (open) => ({ ...open, cancelBy: clock() + left }));
  }

  /** The canceller does not wait for an agent that receives nothing. */
  function tell(phase: Phase, left: number): void {
    deadlines.set(
      phase.id,
      setTimeout(() => void force(phase), left),
    );
    if (!links.isConnected(phase.system)) return;
    log.info({ ...aboutPhase(phase), epoch: phase.epoch }, "the agent is told to cancel the order");
    void links.send(phase.system, messageOf(phase.id, phase.epoch));
  }

  async function force(phase: Phase): Promise<void> {
    log.warn(aboutPhase(phase), "the agent did not confirm a cancel: the phase ends without it");
    try {
      await board.inTurn(phase.id, () => end(phase.id));
      deadlines.delete(phase.id);
    } catch (error) {
      log.error({ ...aboutPhase(phase), error: String(error) }, "a phase could not be cancelled: that is tried again");
      if (!isStopped && deadlines.has(phase.id))
        deadlines.set(
          phase.id,
          setTimeout(() => void force(phase), timings.cancelMs),
        );
    }
  }

  async function end(id: string): Promise<void> {
    await board.change(id, OPEN, (phase) => ({ ...phase, state: "cancelled", endedAt: clock() }));
    schedule();
  }

  async function cancel(phases: readonly Phase[]): Promise<void> {
    await someAtOnce(phases, cancelOne);
  }

  return {
    cancel,
    async takeUp() {
      for (const [id, cancelled] of await runStore.owedCancels()) owed.set(id, cancelled);
      await cancel(
        board
          .phases()
          .filter((phase) => phase.cancelBy !== undefined)
          .toArray(),
      );
    },
    async storeAgain() {
      for (const [id, cancelled] of owed) await runStore.oweCancel(id, cancelled);
    },
    isCancelling: (id) => deadlines.has(id),
    settled(id) {
      clearTimeout(deadlines.get(id));
      deadlines.delete(id);
      if (!owed.delete(id)) return;
      // If that fails, the next coordinator asks once more, and gets the same answer.
      runStore.cancelSettled(id).catch((error: unknown) => log.warn({ order: id, error: String(error) }, "a cancel could not be settled"));
    },
    async repeatTo(system) {
      for (const [id, { system: of, epoch }] of owed) if (of === system) await links.send(system, messageOf(id, epoch));
    },
    async refuse(system, orderId, epoch) {
      void links.send(system, messageOf(orderId, epoch));
    },
    stop() {
      isStopped = true;
      for (const timer of deadlines.values()) clearTimeout(timer);
      deadlines.clear();
    },
  };
}

function messageOf(orderId: string, epoch: number): Cancel {
  return { kind: "cancel", orderId, epoch };
}
