import { expect, test } from "vitest";
import { mayOwn, DEFAULT_OPTIONS, type RunKind } from "@sitewright/protocol";
import type { Assignment, Hierarchy } from "../sites/hierarchy.ts";
import { planRun, type LeftOut, type PlanInput, type UnitFacts } from "./plan-run.ts";
import { finish } from "../slices.ts";
import type { Phase, Run } from "./run.ts";

const FACTS: UnitFacts = { manifest: "ab", manifestBytes: 10, files: 3, sourceBytes: 100, packedBytes: 50, sourceVersion: 2 };

function plan(
  kind: RunKind,
  assignments: Assignment[],
  facts: Record<string, UnitFacts | LeftOut> = {},
  overrides: Partial<PlanInput> = {},
): Phase[] {
  const hierarchy: Hierarchy = {
    sites: new Map(),
    systems: new Map([
      ["SRVSEC", { name: "SRVSEC", site: "SEC", roles: ["cap", "dp"] }],
      ["SRVABC", { name: "SRVABC", site: "ABC", roles: ["dp"] }],
    ]),
    addresses: new Map([["SEC", { key: "SEC", rateLimit: [], schedule: [], concurrency: 3, timeZone: "UTC" }]]),
  };
  const run: Run = { id: "r", kind, state: "preparing", options: DEFAULT_OPTIONS, createdAt: 1, problems: [] };
  const steps = planRun({
    run,
    assignments,
    hierarchy,
    facts: new Map(Object.entries(facts)),
    owned: new Map(),
    held: () => undefined,
    describe: ({ name }) => ({ place: name, file: name }),
    generation: { epoch: 1, counter: 7 },
    now: 5,
    idOf: (number) => `p${number}`,
    ...overrides,
  });
  return finish(steps);
}

const dp = (system: string, site: string, name: string): Assignment => ({ system, site, unit: { role: "dp", name }, priority: "medium" });

test("a rebuild stages and then activates each unit, CAPs first, with the facts of the index", () => {
  const cap: Assignment = { system: "SRVSEC", site: "SEC", unit: { role: "cap", name: "CAP_SEC" }, priority: "medium" };
  const phases = plan("rebuild", [dp("SRVABC", "ABC", "ABC00001"), cap], { "dp/ABC00001": FACTS, "cap/CAP_SEC": FACTS });
  expect(phases.map(({ task, unit, after, address, number }) => [task, unit.name, after, address, number])).toEqual([
    ["stage", "CAP_SEC", undefined, "SEC", 0],
    ["activate", "CAP_SEC", "p0", "SEC", 1],
    ["stage", "ABC00001", undefined, undefined, 2],
    ["activate", "ABC00001", "p2", undefined, 3],
  ]);
  expect(phases[0]).toMatchObject({ ...FACTS, state: "waiting", epoch: 1, generation: { epoch: 1, counter: 7 } });
});

test("a repair verifies each unit, then stages and activates it, and a finding is not a failure of the verification", () => {
  const phases = plan("repair", [dp("SRVSEC", "SEC", "ABC00001")], { "dp/ABC00001": FACTS });
  expect(phases.map(({ task, after, beforeRepair }) => [task, after, beforeRepair])).toEqual([
    ["verify", undefined, true],
    ["stage", "p0", undefined],
    ["activate", "p1", undefined],
  ]);
  expect(phases.map(({ manifest }) => manifest)).toEqual(["ab", "ab", "ab"]);
  expect(plan("verify", [dp("SRVSEC", "SEC", "ABC00001")], { "dp/ABC00001": FACTS })[0]).not.toHaveProperty("beforeRepair");
});

test("a unit with an unusable source is shown as failed with the reason, and is not activated", () => {
  const leftOut = { code: "SOURCE_LINK", message: "a link leaves the unit", path: "packages/x" };
  const phases = plan("rebuild", [dp("SRVABC", "ABC", "ABC00001")], { "dp/ABC00001": { leftOut } });
  expect(phases.map(({ state }) => state)).toEqual(["failed", "skipped"]);
  expect(phases[0]?.outcome).toEqual({
    kind: "failed",
    code: "SOURCE_LINK",
    message: "a link leaves the unit",
    path: "packages/x",
    retryable: false,
  });
});

test("a unit that is assigned and has no source fails too, instead of vanishing from the table", () => {
  expect(plan("verify", [dp("SRVABC", "ABC", "ABC00001")])[0]?.state).toBe("failed");
});

test("a removal names its paths: as the site data say, else only what the agents' own rule allows", () => {
  const leftover = dp("SRVABC", "ABC", "ABC00009");
  const logon: Assignment = { system: "SRVABC", site: "ABC", unit: { role: "logon-point", name: "SMSLOGON@ABC" }, priority: "medium" };
  const owned = new Map([["logon-point/SMSLOGON@ABC", [{ path: "SMSLOGON/Alpha", kind: "folder", rights: "clients-read" } as const]]]);
  const phases = plan("remove", [leftover, logon], {}, { owned });
  expect(phases.map((phase) => phase.owned?.map(({ path }) => path))).toEqual([["SMSLOGON/Alpha"], ["ABC00009"]]);
  const unknown = plan("remove", [logon, { ...logon, unit: { role: "cap", name: "CAP_ABC" } }]);
  for (const phase of unknown) for (const path of phase.owned ?? []) expect(mayOwn(phase.unit, path)).toBe(true);
});
