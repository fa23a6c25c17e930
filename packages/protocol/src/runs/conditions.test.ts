import { expect, test } from "vitest";
import { CONDITIONS, conditionOf } from "./conditions.ts";
import { ENDED, PHASE_STATES, WAIT_REASONS } from "./run-states.ts";

test("every phase that has not ended is in one condition, and one that has ended in none", () => {
  for (const state of PHASE_STATES)
    for (const waitingFor of [undefined, ...WAIT_REASONS]) {
      const condition = conditionOf({ state, waitingFor });
      if (ENDED.has(state)) expect(condition).toBeUndefined();
      else expect(CONDITIONS).toContain(condition);
    }
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
