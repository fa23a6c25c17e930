import { expect, test } from "vitest";
import { budgetsOf, draftFaults, draftOf, patchOf } from "./address-draft.ts";

const effective = { bandwidth: "2 Mbit/s", rateLimit: { "08-18": "25%" }, schedule: { "Sat,Sun 00-24": "closed" } };

test("the values in force need no change, and a change names only what differs", () => {
  const draft = draftOf(effective);
  expect(patchOf(draft, effective)).toBeUndefined();
  expect(patchOf({ ...draft, bandwidth: " 1 Mbit/s " }, effective)).toEqual({ bandwidth: "1 Mbit/s" });
  expect(patchOf({ ...draft, bandwidth: "", limits: [] }, effective)).toEqual({ bandwidth: null, rateLimit: {} });
  const schedule = draft.schedule.map((window, cell) => (cell === 0 ? "high" : window));
  expect(patchOf({ ...draft, schedule }, effective)).toEqual({ schedule: { "Mon 00-01": "high", "Sat,Sun 00-24": "closed" } });
});

test("a fault is reported in the words of the coordinator", () => {
  expect(draftFaults(draftOf(effective))).toEqual({ limits: [] });
  const limits = [
    { from: 8, to: 18, value: "25" },
    { from: 9, to: 9, value: "25%" },
  ];
  expect(draftFaults({ ...draftOf(effective), bandwidth: "fast", limits })).toEqual({
    bandwidth: expect.stringMatching(/^bandwidth "fast" is not a rate/),
    limits: [expect.stringMatching(/^rateLimit "25" needs a unit/), expect.stringMatching(/^rateLimit hours "09-09" are not understood/)],
  });
  expect(draftFaults({ ...draftOf(effective), bandwidth: "" }).limits).toEqual([
    expect.stringMatching(/is a share, but no bandwidth is stated/),
  ]);
});

test("a day shows the budget of each hour", () => {
  const budgets = budgetsOf(draftOf(effective));
  expect([7, 8, 17, 18].map((hour) => budgets[hour])).toEqual([2_000_000, 500_000, 500_000, 2_000_000]);
  expect(budgetsOf(draftOf({}))[0]).toBeUndefined();
});
