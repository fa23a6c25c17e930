import { expect, test } from "vitest";
import { drillHierarchy } from "../../../test-support/drill-fixture.ts";
import { scopeOf, type DrillRequest } from "./scope.ts";

/** A Monday noon by UTC. */
const NOW = Date.UTC(2026, 10, 23, 12);

function scope(asked: Partial<DrillRequest>, hierarchy = drillHierarchy()) {
  const request = { lose: ["DP1"], at: "Fri 17:00", links: {}, reserve: [], ...asked };
  return scopeOf(request, { hierarchy, measured: new Map([["SEC", 5]]), now: NOW });
}

test("a lost site server, by its name or its site's code, means its site and every site below it", () => {
  expect([...scope({ lose: ["SRVSEC"] }).lost]).toEqual(["DP1", "DP2", "DPTER"]);
  expect([...scope({ lose: ["ABC"] }).lost]).toEqual(["DPABC", "DP1", "DP2", "DPTER"]);
  expect([...scope({ lose: ["DP2", "TER"] }).lost]).toEqual(["DPTER", "DP2"]);
});

test("it begins when the clocks of what is named first show the time", () => {
  expect(scope({})).toMatchObject({ start: Date.UTC(2026, 10, 27, 23), timeZone: "America/Chicago" });
  const tokyo = drillHierarchy({ TER: { timeZone: "Asia/Tokyo" } });
  expect(scope({ lose: ["DPTER", "DP1"] }, tokyo)).toMatchObject({ start: Date.UTC(2026, 10, 27, 8), timeZone: "Asia/Tokyo" });
});

test("a line is supposed to carry what is said of it, whatever it was seen to carry", () => {
  const { hierarchy, measured } = scope({ links: { SEC: "512kbit/s", "own-network": "1 Gbit/s" } });
  expect(hierarchy.addresses.get("SEC")?.bandwidth).toBe(512_000);
  expect(measured).toEqual(new Map([["", 1_000_000_000]]));
});

test("all that is wrong is told at once, each name with the one that was probably meant", () => {
  const asked = { lose: ["DPABD", "nowhere-near"], at: "Someday", links: { SEX: "1 Mbit/s", TER: "fast" }, reserve: ["DP22"] };
  expect(() => scope(asked)).toThrow(
    [
      "--lose DPABD is unknown: is DPABC meant?",
      "--lose nowhere-near is unknown: there is ABC, DP1, DP2, DPABC, DPTER, SEC, SRVABC, SRVSEC, SRVTER, TER",
      '--at "Someday" is not a time of the week: write a day and a time, as in "Fri 17:00"',
      "--link SEX is unknown: is SEC meant?",
      '--link TER: bandwidth "fast" is not a rate: write "2 Mbit/s" or "512 kbit/s" (1 kbit/s at least)',
      "--reserve-dp DP22 is unknown: is DP2 meant?",
    ].join("; "),
  );
});

test("a reserve DP that could bring nothing, or that is lost itself, is refused", () => {
  expect(scope({ lose: ["SRVSEC"], reserve: ["DP2"] }).reserve).toEqual(["DP2"]);
  expect(() => scope({ reserve: ["DPTER"] })).toThrow("--reserve-dp DPTER can bring nothing");
  expect(() => scope({ lose: ["DP1", "DP2"], reserve: ["DP2"] })).toThrow("--reserve-dp DP2 is lost itself");
});
