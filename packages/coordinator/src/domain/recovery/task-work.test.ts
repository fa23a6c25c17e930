import { expect, test } from "vitest";
import { loadKnowledge } from "@sitewright/expert/load";
import { runTotals } from "@sitewright/protocol";
import { aPhase } from "../../../../protocol/test-support/phases.ts";
import { evidenceOf, offerOf, undoOf, workOf } from "./task-work.ts";
import type { Run } from "../runs/run.ts";

/** It writes a page for printing, which the browser does by itself. */
const ON_PAPER = "P24";

test("Sitewright offers to do every task that the list says it does with a command, except to print the list", () => {
  const own = loadKnowledge().tasks.filter(({ automation, command }) => command !== undefined && "AC".includes(automation));
  expect(own.length).toBeGreaterThan(15);
  expect(own.filter((task) => !offerOf(task)).map(({ id }) => id)).toEqual([ON_PAPER]);
});

test("a task asks for the names in its command, and for a confirmation where the list demands one", () => {
  const [task] = loadKnowledge().tasks.filter(({ id }) => id === "V12");
  expect(task && offerOf(task)).toEqual({ asks: ["SYSTEM"], confirms: true, helps: true });
  expect(offerOf({ automation: "K", command: "sitewright status", helps: false })).toBeUndefined();
  expect(offerOf({ automation: "A", command: "sitewright dance", helps: false })).toBeUndefined();
});

test("a command becomes the run that the command line would start", () => {
  expect(workOf("sitewright rebuild --site ABC --role cap --max-unavailable 1")).toEqual({
    kind: "run",
    run: "rebuild",
    options: { sites: ["ABC"], roles: ["cap"], maxUnavailable: 1 },
  });
  expect(workOf("sitewright verify --site ABC --full")).toEqual({ kind: "run", run: "verify", options: { sites: ["ABC"], full: true } });
  // A task only shows what a deletion would be: that is confirmed by its own verb.
  expect(workOf("sitewright hierarchy delete --site ABC --confirm ABC")).toEqual({ kind: "plan-deletion", site: "ABC" });
});

test("what a person says is only ever the value of its place", () => {
  const command = "sitewright remove --system <SYSTEM>";
  for (const said of ["DP1", "--all", "DP1 --all", "<SITE>"])
    expect(workOf(command, { SYSTEM: said })).toEqual({ kind: "run", run: "remove", options: { systems: [said] } });
  const check = workOf("sitewright hierarchy check --child ABC --parent <PARENT>", { PARENT: "XYZ" });
  expect(check).toEqual({ kind: "check-parent", child: "ABC", parent: "XYZ" });
});

test("the way back is named for what can be taken back, and for nothing else", () => {
  const undo = (command: string) => undoOf(workOf(command) ?? { kind: "find-missing" }, "ABC");
  expect(undo("sitewright rebuild --site ABC --role cap --max-unavailable 1")).toBe("sitewright undo --site ABC --role cap");
  expect(undo("sitewright repair-serials --site ABC --apply")).toBe("sitewright repair-serials --site ABC --undo");
  expect(undo("sitewright verify --site ABC")).toBeUndefined();
});

test("the evidence of a run says how it ended, in numbers, and what it could not reach", () => {
  const run = { id: "r1", kind: "rebuild", state: "failed" } as Run;
  const phases = [aPhase({ id: "a", state: "done" }), aPhase({ id: "b", state: "failed" }), aPhase({ id: "c", state: "skipped" })];
  expect(evidenceOf(run, runTotals(phases))).toMatch(/^rebuild r1 is failed: \d units, 1 steps done, 1 failed, 1 skipped, \d+ bytes sent$/);
});
