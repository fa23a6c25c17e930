import { expect, test } from "vitest";
import { DEFAULT_OPTIONS, type Held } from "@sitewright/protocol";
import type { Assignment, Hierarchy, Problem } from "./hierarchy.ts";
import { finish } from "../slices.ts";
import { undescribedProblems as problemsSliced, type HeldAndDescribed } from "./undescribed.ts";

const hierarchy: Hierarchy = {
  sites: new Map([["ABC", { code: "ABC", name: "ABC", type: "primary", server: "SRV1", timeZone: "UTC", logonSenior: true }]]),
  systems: new Map(["SRV1", "SRV2"].map((name) => [name, { name, site: "ABC", roles: ["dp"] }])),
  addresses: new Map(),
};

const undescribedProblems = (...given: Parameters<typeof problemsSliced>): Problem[] => finish(problemsSliced(...given));
const held = (name: string): Held => ({
  unit: { role: "dp", name },
  live: { generation: { epoch: 1, counter: 1 }, manifest: "a".repeat(64) },
  previous: false,
  sourceVersion: 0,
});
const assigned: Assignment[] = [{ system: "SRV1", site: "ABC", unit: { role: "dp", name: "ABC00001" }, priority: "medium" }];

function input(change: Partial<HeldAndDescribed> = {}): HeldAndDescribed {
  return {
    hierarchy,
    assigned,
    held: new Map([
      ["SRV1", [held("ABC00001"), held("ABC00009")]],
      ["SRV2", [held("ABC00009")]],
    ]),
    described: new Set(["dp/ABC00001"]),
    problems: [],
    isAccepted: () => false,
    describe: ({ name }) => ({ place: `packages/${name}`, file: `packages/${name}/package.yaml` }),
    ...change,
  };
}

test("what systems hold without being described is reported with its systems and three remedies, as a finding where that is asked for", () => {
  const [problem, ...others] = undescribedProblems(input(), undefined, true);
  expect(others).toEqual([]);
  expect(problem).toMatchObject({ code: "NOT_DESCRIBED", unit: "dp/ABC00009", leftOut: true });
  for (const words of [
    "dp/ABC00009 (SRV1 and 1 more)",
    "sitewright remove --package ABC00009",
    "sitewright source accept packages/ABC00009",
  ])
    expect(problem?.message).toContain(words);
  expect(undescribedProblems(input(), undefined, false).map(({ leftOut }) => leftOut)).toEqual([false]);
});

test("what an operator accepted, or described without assigning it, is a note and not a finding", () => {
  const words = /the site data do not assign to them: dp\/ABC00009/;
  for (const explained of [{ isAccepted: () => true }, { described: new Set(["dp/ABC00001", "dp/ABC00009"]) }])
    expect(undescribedProblems(input(explained), undefined, true)).toEqual([
      expect.objectContaining({ leftOut: false, message: expect.stringMatching(words) as string }),
    ]);
});

test("a unit that is left out for a fault of its own is not reported twice", () => {
  const fault: Problem = { code: "SITE_DATA_INVALID", message: "no", unit: "dp/ABC00009", leftOut: true };
  expect(undescribedProblems(input({ problems: [fault] }), undefined, true)).toEqual([]);
});

test("only selected units are checked", () => {
  expect(undescribedProblems(input(), { ...DEFAULT_OPTIONS, packages: ["ABC00001"] }, true)).toEqual([]);
  const [problem] = undescribedProblems(input(), { ...DEFAULT_OPTIONS, systems: ["SRV2"] }, true);
  expect(problem?.message).toContain("dp/ABC00009 (SRV2)");
});

test("hundreds of packages make one problem that names some of them", () => {
  const many = Array.from({ length: 300 }, (_, i) => held(`ABC${String(i + 100).padStart(5, "0")}`));
  const [problem, ...others] = undescribedProblems(input({ held: new Map([["SRV1", many]]) }), undefined, true);
  expect(others).toEqual([]);
  expect(problem?.unit).toBeUndefined();
  expect(problem?.message).toContain("and 280 more units");
  expect(problem?.message.length).toBeLessThan(2_000);
});
