import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { aPhase } from "../../../test-support/fakes.ts";
import type { Phase } from "../../domain/runs/run.ts";
import type { OwedCancel } from "../ports/runs.ts";
import { TIMINGS } from "../timings.ts";
import { createLiveView } from "../live/live-view.ts";
import { createCanceller, createOrdersOut, type CancellerDeps } from "./cancel.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const log = { info() {}, warn() {}, error() {} } as unknown as CancellerDeps["log"];

/** A canceller with one phase. @param failing How many changes of the phase the store refuses first. */
function withPhase(phase: Phase, { connected = true, failing = 0 } = {}) {
  let current = phase;
  let toFail = failing;
  const sent: object[] = [];
  const owed = new Map<string, OwedCancel>();
  const board = {
    phases: () => [current].values(),
    get: () => current,
    inTurn: (_: string, decide: () => Promise<unknown>) => decide(),
    async change(_: string, from: readonly Phase["state"][], change: (open: Phase) => Phase) {
      if (toFail-- > 0) throw new Error("Redis is gone");
      if (!from.includes(current.state)) return undefined;
      return (current = change(current));
    },
  } as unknown as CancellerDeps["board"];
  const canceller = createCanceller({
    board,
    runStore: {
      owedCancels: async () => new Map(owed),
      oweCancel: async (id, cancel) => void owed.set(id, cancel),
      cancelSettled: async (id) => void owed.delete(id),
    },
    links: {
      isConnected: () => connected,
      send: async (_: string, message: object) => sent.push(message) > 0,
    } as unknown as CancellerDeps["links"],
    clock: () => Date.now(),
    log,
    timings: TIMINGS,
    ordersOut: { mayBeOut: () => true, wasSentAhead: () => false },
    schedule() {},
  });
  return { canceller, sent, owed, phase: () => current };
}

test("an agent that does not answer has the stated time, then the phase ends without it", async () => {
  const { canceller, sent, phase } = withPhase(aPhase({ state: "running" }));
  await canceller.cancel([phase()]);
  expect(phase()).toMatchObject({ state: "running", cancelBy: Date.now() + TIMINGS.cancelMs });
  expect(sent).toEqual([{ kind: "cancel", orderId: phase().id, epoch: phase().epoch }]);
  await vi.advanceTimersByTimeAsync(TIMINGS.cancelMs - 1);
  expect(phase().state).toBe("running");
  await vi.advanceTimersByTimeAsync(1);
  expect(phase().state).toBe("cancelled");
});

test("a cancel told by an earlier coordinator keeps its deadline, although no agent is connected yet", async () => {
  const { canceller, phase } = withPhase(aPhase({ state: "waiting", cancelBy: Date.now() + 4_000 }), { connected: false });
  await canceller.takeUp();
  expect(canceller.isCancelling(phase().id)).toBe(true);
  await vi.advanceTimersByTimeAsync(3_999);
  expect(phase().state).toBe("waiting");
  await vi.advanceTimersByTimeAsync(1);
  expect(phase().state).toBe("cancelled");
});

test.each([
  ["has passed", -1, 0],
  ["is far ahead because a clock was set back", 3_600_000, TIMINGS.cancelMs],
])("a stored deadline that %s keeps no phase open", async (_, ahead, lasts) => {
  const { canceller, phase } = withPhase(aPhase({ state: "waiting", cancelBy: Date.now() + ahead }));
  await canceller.takeUp();
  await vi.advanceTimersByTimeAsync(lasts);
  expect(phase().state).toBe("cancelled");
});

test("a phase whose end could not be stored ends as soon as the store answers again", async () => {
  const { canceller, phase } = withPhase(aPhase({ state: "running", cancelBy: Date.now() + 1_000 }), { failing: 2 });
  await canceller.takeUp();
  await vi.advanceTimersByTimeAsync(1_000 + TIMINGS.cancelMs);
  expect(phase().state).toBe("running");
  await vi.advanceTimersByTimeAsync(TIMINGS.cancelMs);
  expect(phase().state).toBe("cancelled");
});

test("a cancel is owed until the agent has answered, however the phase ended", async () => {
  const { canceller, owed, sent, phase } = withPhase(aPhase({ state: "running" }));
  await canceller.cancel([phase()]);
  await vi.advanceTimersByTimeAsync(TIMINGS.cancelMs);
  expect([...owed]).toEqual([[phase().id, { system: phase().system, epoch: 1 }]]);
  await canceller.repeatTo("another");
  expect(sent).toHaveLength(1);
  await canceller.repeatTo(phase().system);
  expect(sent).toHaveLength(2);
  canceller.settled(phase().id);
  expect(owed.size).toBe(0);
});

test("an order that ended without a result of its agent is not kept as one that may be with it", () => {
  const live = createLiveView(0);
  const ordersOut = createOrdersOut(live);
  const phase = aPhase({ state: "waiting" });
  ordersOut.sent(phase.id);
  ordersOut.sentAhead(phase.id);
  live.phase(phase);
  expect([ordersOut.mayBeOut(phase), ordersOut.wasSentAhead(phase.id)]).toEqual([true, true]);
  live.phase({ ...phase, state: "skipped" });
  expect([ordersOut.mayBeOut(phase), ordersOut.wasSentAhead(phase.id)]).toEqual([false, false]);
});
