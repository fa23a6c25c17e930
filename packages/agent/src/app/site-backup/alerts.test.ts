import { expect, test } from "vitest";
import { alertsOf, type LastVerified } from "./alerts.ts";
import type { RunRecord } from "./ports.ts";

const HOUR = 3_600_000;
const run = (name: string, began: number, state: RunRecord["state"] = "complete") =>
  ({ run: name, began, state, faults: state === "complete" ? [] : ["no dump"] }) as unknown as RunRecord;
const facts = (runs: RunRecord[], verified?: LastVerified) => ({ runs, verified, now: 100 * HOUR, limitMs: 48 * HOUR });

test.each<[string, RunRecord[], RegExp[]]>([
  ["no run at all", [], [/there is no complete backup/]],
  ["a new one", [run("a", 60 * HOUR)], []],
  ["a new partial one only", [run("a", 99 * HOUR, "partial")], [/no complete backup of this site; the last one is partial: no dump/]],
  ["an old complete one", [run("a", 50 * HOUR)], [/is 50 h old, more than 48 h$/]],
  [
    "an old complete one and newer failed ones",
    [run("b", 99 * HOUR, "failed"), run("a", 50 * HOUR)],
    [/is 50 h old.*the last one is failed: no dump/],
  ],
  [
    "a complete one of a time to come",
    [run("a", 5000 * HOUR)],
    [/is of 1970-07-28T08:00:00.000Z, which is still to come: check the clock/],
  ],
  ["a new complete one below a failed one", [run("b", 99 * HOUR, "failed"), run("a", 90 * HOUR)], []],
])("with %s the alerts say so", (_, runs, expected) => {
  const alerts = alertsOf(facts(runs));
  expect(alerts).toEqual(expected.map((one) => expect.stringMatching(one) as string));
});

test("damage that a verification found is an alert as long as the damaged run is kept", () => {
  const verified = { run: "a", at: 1, good: 3, bad: 2, notTested: 0, first: "site/x" };
  expect(alertsOf(facts([run("a", 90 * HOUR)], verified))).toEqual([
    expect.stringContaining("2 files cannot be read back, site/x among them"),
  ]);
  expect(alertsOf(facts([run("b", 90 * HOUR)], verified))).toEqual([]);
  expect(alertsOf(facts([run("a", 90 * HOUR)], { ...verified, bad: 0 }))).toEqual([]);
});

test("a new backup that was not read back is an alert when the one that was is too old", () => {
  const verified = { run: "a", at: 1, good: 3, bad: 0, notTested: 0 };
  const runs = [run("b", 90 * HOUR), run("a", 40 * HOUR)];
  expect(alertsOf(facts(runs, verified))).toEqual([expect.stringContaining("that was read back is 60 h old, more than 48 h")]);
  expect(alertsOf(facts(runs, { ...verified, run: "b" }))).toEqual([]);
});
