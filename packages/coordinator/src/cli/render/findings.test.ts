import { expect, test } from "vitest";
import { runTotals, type Deviation } from "@sitewright/protocol";
import type { Phase, Run } from "@sitewright/protocol/api";
import { aPhase, aRun } from "../../../test-support/fakes.ts";
import { aReport } from "../../../../protocol/test-support/reports.ts";
import { renderFindings } from "./findings.ts";

const render = (run: Partial<Run>, phases: Phase[]) => renderFindings({ run: aRun(run), phases, totals: runTotals(phases) })?.split("\n");

const missing = (count: number): Deviation[] => Array.from({ length: count }, (_, n) => ({ kind: "missing", path: `ABC00001/${n}` }));
const damaged = aReport({ counts: { damaged: 1 }, deviations: [{ kind: "damaged", path: "ABC00002/a\u001b[2Jb\nc" }] });
const verified = (id: string, name: string, outcome = aReport(), system = "SRV1") =>
  aPhase({ id, system, unit: { role: "dp", name }, task: "verify", state: outcome.right ? "done" : "failed", outcome });

test("a verification reports unit by unit what is wrong, names the first paths, and how to repair it", () => {
  const report = aReport({ counts: { missing: 300, rights: 1 }, deviations: [...missing(99), { kind: "rights", path: "ABC00001/x" }] });
  const phases = [verified("1", "ABC00001", report), verified("2", "ABC00002", damaged), verified("3", "ABC00003")];
  expect(render({ kind: "verify" }, phases)).toEqual([
    "SRV1 dp/ABC00001: 300 missing, 1 of wrong rights",
    "  missing  ABC00001/0",
    "  missing  ABC00001/1",
    "  missing  ABC00001/2",
    "  missing  ABC00001/3",
    "  missing  ABC00001/4",
    "  missing  ... and 295 more",
    "  rights   ABC00001/x",
    "SRV1 dp/ABC00002: 1 damaged",
    "  damaged  ABC00002/a\\u001b[2Jb\\nc",
    "1 of 3 units as it should be, 2 not",
    "To repair what is wrong:",
    "  sitewright repair --system SRV1 --package ABC00001 --package ABC00002",
  ]);
});

test("if all is right, only that is reported; units that could not be checked are not reported as right", () => {
  expect(render({ kind: "verify" }, [verified("1", "ABC00001")])).toEqual(["1 of 1 unit as it should be, 0 not"]);
  const unseen = aPhase({ id: "2", system: "SRV2", task: "verify", state: "failed" });
  expect(render({ kind: "verify" }, [verified("1", "ABC00001"), unseen])).toEqual([
    "1 of 2 units as it should be, 0 not, 1 could not be checked",
  ]);
  expect(render({ kind: "rebuild" }, [aPhase()])).toBeUndefined();
});

test("the command to type is restricted to a few systems, and keeps the options of the verification", () => {
  const cap = { role: "cap" as const, name: "CAP_ABC" };
  const some = [verified("1", "ABC00002", damaged), { ...verified("2", "", damaged, "SRV2"), unit: cap }];
  const full = aRun({ kind: "verify" }).options;
  expect(render({ kind: "verify", options: { ...full, full: true } }, some)?.slice(-2)).toEqual([
    "  sitewright repair --system SRV1 --package ABC00002 --full",
    "  sitewright repair --system SRV2 --role cap --full",
  ]);
  const many = ["A", "B", "C", "D"].map((system) => verified(system, "ABC00002", damaged, system));
  expect(render({ kind: "verify", options: { ...full, sites: ["SEC"] } }, many)?.at(-1)).toBe("  sitewright repair --site SEC");
});

test("a repair reports what it has repaired, what was right already, and what is still wrong", () => {
  const repair = (name: string, outcome: Phase["outcome"], end: Phase["state"]): Phase[] => {
    const unit = { role: "dp" as const, name };
    return [
      aPhase({ id: `${name} v`, unit, task: "verify", state: "done", beforeRepair: true, ...(outcome ? { outcome } : {}) }),
      aPhase({ id: `${name} s`, unit, task: "stage", state: end, after: `${name} v` }),
      aPhase({ id: `${name} a`, unit, task: "activate", state: end, after: `${name} s` }),
    ];
  };
  const phases = [...repair("ABC00001", damaged, "done"), ...repair("ABC00002", aReport({ absent: true }), "failed")];
  expect(render({ kind: "repair" }, [...phases, ...repair("ABC00003", aReport(), "unneeded")])).toEqual([
    "SRV1 dp/ABC00001: repaired: 1 damaged",
    "  damaged  ABC00002/a\\u001b[2Jb\\nc",
    "SRV1 dp/ABC00002: not repaired: absent: nothing of it is served",
    "3 units: 1 right already, 1 repaired, 1 not repaired",
  ]);
});
