import { expect, test } from "vitest";
import { CONDITIONS, conditionOf } from "./conditions.ts";
import { ENDED, PHASE_STATES, WAIT_REASONS } from "./run-states.ts";

const reasons = [undefined, ...WAIT_REASONS];

test.each(PHASE_STATES.filter((state) => !ENDED.has(state)))("a phase that is %s is in one condition, whatever it waits for", (state) => {
  for (const waitingFor of reasons) expect(CONDITIONS).toContain(conditionOf({ state, waitingFor }));
});

test.each([...ENDED])("a phase that is %s is in no condition", (state) => {
  for (const waitingFor of reasons) expect(conditionOf({ state, waitingFor, stalledSince: 1, lostSince: 1, cancelBy: 1 })).toBeUndefined();
});

test.each([
  [{ state: "waiting" }, "queued"],
  [{ state: "waiting", waitingFor: "window-closed" }, "waiting-for-window"],
  [{ state: "waiting", waitingFor: "agent-offline" }, "waiting-for-agent"],
  [{ state: "waiting", waitingFor: "max-unavailable" }, "waiting-for-permit"],
  [{ state: "waiting", waitingFor: "earlier-phase" }, "waiting-for-gate"],
  [{ state: "waiting", waitingFor: "address-paused" }, "paused"],
  [{ state: "released" }, "queued"],
  [{ state: "running" }, "running"],
  [{ state: "running", stalledSince: 1 }, "stalled"],
  [{ state: "running", stalledSince: 1, lostSince: 2 }, "lost"],
  [{ state: "waiting", waitingFor: "agent-offline", lostSince: 2 }, "lost"],
  [{ state: "running", lostSince: 2, cancelBy: 3 }, "cancelling"],
] as const)("a phase with %o is %s", (facts, condition) => {
  expect(conditionOf(facts)).toBe(condition);
});
