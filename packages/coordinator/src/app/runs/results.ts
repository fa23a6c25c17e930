import { unitKey, ENDED, type Outcome, type Result } from "@sitewright/protocol";
import { afterOutcome, mayTryAgain, reopened, wantsStageAgain, OPEN } from "../../domain/runs/phase.ts";
import { plausibleOutcome } from "../../domain/runs/plausible.ts";
import { type Phase } from "../../domain/runs/run.ts";
import type { Board } from "./board.ts";
import type { Canceller, OrdersOut } from "./cancel.ts";
import type { Fleet } from "../agents/fleet.ts";
import type { Log } from "../log.ts";
import { aboutPhase } from "../live/log-transitions.ts";
import type { Clock } from "../ports/clock.ts";
import type { RunStore } from "../ports/runs.ts";
import { followerOf } from "./sent-ahead.ts";

export interface ResultsDeps {
  board: Board;
  runStore: RunStore;
  fleet: Fleet;
  canceller: Canceller;
  ordersOut: Pick<OrdersOut, "settled">;
  clock: Clock;
  log: Log;
  schedule: () => void;
}

/** A failure that is retried leaves no other trace. */
function failureOf(outcome: Outcome): object {
  return outcome.kind === "failed" ? { code: outcome.code, error: outcome.message } : {};
}

/** Applies results to the run store; each may arrive several times and has an effect once. Throws `REDIS_UNREACHABLE`. */
export function createResults({
  board,
  runStore,
  fleet,
  canceller,
  ordersOut,
  clock,
  log,
  schedule,
}: ResultsDeps): (system: string, result: Result) => Promise<void> {
  return async (system, stated) => {
    const facts = { system, order: stated.orderId, epoch: stated.epoch, outcome: stated.outcome.kind };
    const phase = board.find(stated.orderId) ?? (await runStore.phase(stated.orderId));
    if (!phase || phase.system !== system || isLeftOver(phase))
      return log.warn(facts, "a result arrived for a phase that the run store does not have");
    const result = { ...stated, outcome: plausibleOutcome(phase, stated.outcome) };
    if (ENDED.has(phase.state)) return late(phase, result);
    if (result.epoch < phase.epoch) return log.info(facts, "a result arrived of an attempt that was given up");
    // How the phase ended is logged with its state; a failure may be tried again instead.
    log[result.outcome.kind === "failed" ? "info" : "debug"](
      { ...facts, unit: unitKey(phase.unit), number: result.number, ...failureOf(result.outcome) },
      `the result of ${phase.task} arrived`,
    );
    await fleet.apply(phase, result);
    await board.inTurn(phase.id, async () => {
      await settle(phase, result);
      ordersOut.settled(phase.id);
      const next = followerOf(board, phase.id);
      // If it was sent ahead, it is not begun.
      if (result.outcome.kind === "failed" && next) ordersOut.settled(next.id);
      canceller.settled(phase.id);
    });
    schedule();
  };

  /**
   * Of a plan that a Redis which went back has in part, and that is about to be replaced: its run is open without it. That its order is
   * carried out is no progress of the new plan.
   */
  function isLeftOver({ id, run }: Phase): boolean {
    return board.find(id) === undefined && board.runs().has(run);
  }

  async function settle(phase: Phase, { outcome, epoch }: Result): Promise<void> {
    const now = clock();
    // The same result may have arrived twice, or the attempt may have been given up, since it was looked at.
    const change = async (to: (open: Phase) => Phase): Promise<void> =>
      void (await board.change(phase.id, OPEN, (open) => (open.epoch > epoch ? open : to(open))));
    if (canceller.isCancelling(phase.id) && outcome.kind === "failed")
      await change((open) => ({ ...open, state: "cancelled", outcome, endedAt: now }));
    else if (wantsStageAgain(phase, outcome) && (await stageAgain(phase)))
      await change((open) => ({ ...open, state: "waiting", epoch: open.epoch + 1 }));
    else await change((open) => afterOutcome(open, outcome, now));
  }

  /** Whether the unit will be staged once more before its activation. */
  async function stageAgain({ after }: Phase): Promise<boolean> {
    const stage = after === undefined ? undefined : await runStore.phase(after);
    if (!stage) return false;
    if (!ENDED.has(stage.state)) return true;
    if (!mayTryAgain(stage)) return false;
    return (await board.change(stage.id, ["done"], (done) => reopened(done, clock()))) !== undefined;
  }

  /** A result after the end: a duplicate needs nothing, for a phase that was cancelled by force it is logged. */
  async function late(phase: Phase, result: Result): Promise<void> {
    const { outcome, epoch } = result;
    canceller.settled(phase.id);
    if (phase.state !== "cancelled" || phase.outcome) return;
    log.info({ ...aboutPhase(phase), epoch, outcome: outcome.kind }, "the result of a cancelled phase arrived late");
    await fleet.apply(phase, result);
    await board.change(phase.id, ["cancelled"], (cancelled) => ({ ...cancelled, outcome }));
  }
}
