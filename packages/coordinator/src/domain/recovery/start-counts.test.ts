import { expect, test } from "vitest";
import { afterStarts, nextStart, startSigns, type KnownStarts } from "./start-counts.ts";

const DAY = 86_400_000;

/** What is known of ABC after these entries, a day apart. */
function after(...entries: [kind: string, details: Record<string, string>][]): KnownStarts | undefined {
  return entries.reduce<KnownStarts | undefined>(
    (known, [kind, details], day) => afterStarts(known, { kind, details, at: day * DAY }, "ABC"),
    undefined,
  );
}

test("a start counter below the recorded one is a sign; an equal or higher one is not, and none is not: a folder deployed from elsewhere has none", () => {
  const known = after(["sites-counted", { ABC: "4", SEC: "9" }], ["sites-counted", { ABC: "5" }]);
  expect(startSigns(4, known)).toEqual([
    "its start counter is 4, and 5 was seen: its folder is an earlier copy or snapshot (1970-01-02 00:00 UTC)",
  ]);
  expect([startSigns(5, known), startSigns(7, known), startSigns(undefined, known), startSigns(undefined, undefined)]).toEqual([
    [],
    [],
    [],
    [],
  ]);
});

test("entries that count other sites, or no number, change nothing", () => {
  const known = after(["sites-counted", { ABC: "4" }]);
  for (const details of [{ SEC: "7" }, { ABC: "x" }, { ABC: "0" }, { ABC: "1e300" }])
    expect(afterStarts(known, { kind: "sites-counted", details, at: 1 }, "ABC")).toBe(known);
  expect(afterStarts(known, { kind: "site-seen", details: { epoch: "2" }, at: 1 }, "ABC")).toBe(known);
});

test("an accepted folder is no sign any more, and the next start counts above all that was ever recorded", () => {
  const accepted = after(["sites-counted", { ABC: "8" }], ["site-accepted", { starts: "3" }]);
  expect(startSigns(3, accepted)).toEqual([]);
  expect(startSigns(2, accepted)).toHaveLength(1);
  expect(nextStart(3, accepted)).toBe(9);
  const without = after(["sites-counted", { ABC: "8" }], ["site-accepted", {}]);
  expect([startSigns(undefined, without), nextStart(undefined, without), nextStart(20, without)]).toEqual([[], 9, 21]);
});

test("raised numbers settle the counter, and undoing that brings the sign back", () => {
  const raised = after(["sites-counted", { ABC: "8" }], ["serials-raised", { starts: "3" }]);
  expect(startSigns(3, raised)).toEqual([]);
  const undone = after(["sites-counted", { ABC: "8" }], ["serials-raised", { starts: "3" }], ["serials-undone", { starts: "3" }]);
  expect(startSigns(3, undone)).toEqual([expect.stringContaining("is 3, and 8 was seen")]);
});
