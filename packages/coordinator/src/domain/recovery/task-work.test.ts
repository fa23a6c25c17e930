import { expect, test } from "vitest";
import { loadKnowledge } from "@sitewright/expert/load";
import { ROLES, runTotals, unitOf } from "@sitewright/protocol";
import { aPhase } from "../../../../protocol/test-support/phases.ts";
import type { Run } from "../runs/run.ts";
import { checkOptions } from "../runs/selection.ts";
import { finish } from "../slices.ts";
import { commandIn, evidenceOf, offerOf, undoOf, workOf } from "./task-work.ts";

/** It writes a page for printing, which the browser does by itself. */
const ON_PAPER = "P24";

test("Sitewright offers to do every task that the list says it does with a command, except to print the list", () => {
  const own = loadKnowledge().tasks.filter(({ automation, command }) => command !== undefined && "AC".includes(automation));
  expect(own.length).toBeGreaterThan(15);
  expect(own.filter((task) => !offerOf(task)).map(({ id }) => id)).toEqual([ON_PAPER]);
});

test("a task asks for the names in its command, and for a confirmation where the list demands one and something is changed", () => {
  const offered = (wanted: string) => {
    const task = loadKnowledge().tasks.find(({ id }) => id === wanted);
    return task && offerOf(task);
  };
  expect(offered("V12")).toEqual({ asks: ["SYSTEM"], confirms: true, helps: true });
  expect(offered("S02")).toMatchObject({ confirms: true });
  // The command looks at the parent; a person attaches the site.
  expect(offered("S08")).toMatchObject({ helps: true });
  for (const looks of ["S01", "S08", "S10", "B06", "V04"]) expect(offered(looks)).toMatchObject({ confirms: false });
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

test("every run that the list names is one that can be started", () => {
  const site = { code: "ABC", name: "", type: "primary", server: "A", timeZone: "UTC", logonSenior: true } as const;
  const hierarchy = {
    sites: new Map([["ABC", site]]),
    systems: new Map([["A", { name: "A", site: "ABC", roles: [...ROLES] }]]),
    addresses: new Map(),
  };
  const units = [unitOf("cap", "ABC"), unitOf("logon-point", "ABC"), unitOf("dp", "ABC00001")];
  const known = units.map((unit) => ({ system: "A", site: "ABC", unit, priority: "medium" }) as const);
  const runs = loadKnowledge().tasks.flatMap(({ command = "" }) => {
    const work = workOf(command.replaceAll("<SITE>", "ABC"), { SYSTEM: "A" });
    return work?.kind === "run" ? [work] : [];
  });
  expect(runs.length).toBeGreaterThan(8);
  for (const { run, options } of runs) expect(() => finish(checkOptions(run, options, hierarchy, known))).not.toThrow();
});

test("a command that changes systems names the recovery, without which it would wait for its end", () => {
  expect(commandIn("sitewright rebuild --site ABC", "ABC")).toBe("sitewright rebuild --site ABC --recovery ABC");
  expect(commandIn("sitewright remove --system <SYSTEM>", "ABC")).toBe("sitewright remove --system <SYSTEM> --recovery ABC");
  for (const command of ["sitewright verify --site ABC", "sitewright site list", "sitewright plan --site ABC"])
    expect(commandIn(command, "ABC")).toBe(command);
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
  expect(undo("sitewright rebuild --site ABC --role cap --max-unavailable 1")).toBe("sitewright undo --site ABC --role cap --recovery ABC");
  expect(undo("sitewright repair-serials --site ABC --apply")).toBe("sitewright repair-serials --site ABC --undo");
  expect(undo("sitewright verify --site ABC")).toBeUndefined();
});

test("the evidence of a run says how it ended, in numbers, and what it could not reach", () => {
  const run = { id: "r1", kind: "rebuild", state: "failed" } as Run;
  const phases = [aPhase({ id: "a", state: "done" }), aPhase({ id: "b", state: "failed" }), aPhase({ id: "c", state: "skipped" })];
  expect(evidenceOf(run, runTotals(phases))).toMatch(/^rebuild r1 is failed: \d units?, 1 step done, 1 failed, 1 skipped, \d+ bytes sent$/);
});
