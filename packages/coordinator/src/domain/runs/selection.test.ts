import { expect, test } from "vitest";
import { DEFAULT_OPTIONS } from "@sitewright/protocol";
import type { Assignment, Hierarchy, Problem } from "../sites/hierarchy.ts";
import { finish } from "../slices.ts";
import { assignmentsOf, checkOptions as checkSliced, leftoversOf, problemsFor, select as selectFrom } from "./selection.ts";
import type { RunOptions } from "./run.ts";

const hierarchy: Hierarchy = {
  sites: new Map([["ABC", { code: "ABC", name: "", type: "primary", server: "A", timeZone: "UTC", logonSenior: true }]]),
  systems: new Map([
    ["A", { name: "A", site: "ABC", roles: ["cap", "dp"] }],
    ["B", { name: "B", site: "SEC", roles: ["dp"] }],
  ]),
  addresses: new Map(),
};
const assigned = assignmentsOf(
  hierarchy,
  new Map([
    ["cap/CAP_ABC", ["A"]],
    ["dp/ABC00001", ["A", "B"]],
    ["dp/ABC00002", ["B"]],
  ]),
  new Map([["dp/ABC00001", { priority: "high" }]]),
);
const select = (assignments: readonly Assignment[], options: typeof DEFAULT_OPTIONS, problems: readonly Problem[] = []) =>
  finish(selectFrom(assignments, options, problems, hierarchy.systems));
const checkOptions = (...given: Parameters<typeof checkSliced>): RunOptions => finish(checkSliced(...given));
const names = (assignments: Assignment[]): string[] => assignments.map(({ system, unit }) => `${system}:${unit.name}`);

test("filters of one kind add up, and different kinds narrow each other", () => {
  expect(names(select(assigned, DEFAULT_OPTIONS))).toEqual(["A:CAP_ABC", "A:ABC00001", "B:ABC00001", "B:ABC00002"]);
  expect(names(select(assigned, { ...DEFAULT_OPTIONS, systems: ["A", "B"], roles: ["cap"] }))).toEqual(["A:CAP_ABC"]);
  expect(names(select(assigned, { ...DEFAULT_OPTIONS, packages: ["ABC00001"], sites: ["SEC"] }))).toEqual(["B:ABC00001"]);
});

test("an empty selection is refused", () => {
  expect(() => select(assigned, { ...DEFAULT_OPTIONS, systems: ["B"], roles: ["cap"] })).toThrow(
    expect.objectContaining({ code: "NOTHING_SELECTED" }),
  );
});

test("an empty selection is refused with the reasons in the site data, and without blaming filters that were not given", () => {
  const problems = Array.from({ length: 7 }, (_, index) => ({
    code: "SOURCE_MISSING",
    message: `ABC0000${index} is left out`,
    unit: `dp/ABC0000${index}`,
    leftOut: true,
  }));
  const said = (options: Partial<typeof DEFAULT_OPTIONS>): string => {
    try {
      select([], { ...DEFAULT_OPTIONS, ...options }, problems);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(said({}).split("\n")).toEqual([
    "the site data describe no unit that a system would serve",
    ...problems.slice(0, 5).map(({ message }) => `SOURCE_MISSING: ${message}`),
    "... and 2 more",
  ]);
  expect(said({ packages: ["ABC00003"] })).toMatch(/fits all the filters.*\nSOURCE_MISSING: ABC00003 is left out$/);
});

test("undo and remove of everything must be stated explicitly, and contradict a filter", () => {
  const check = (kind: "undo" | "remove" | "rebuild", options: Partial<RunOptions>) => checkOptions(kind, options, hierarchy, assigned);
  expect(() => check("undo", {})).toThrow(/--all/);
  expect(() => check("remove", {})).toThrow(/--all/);
  expect(check("undo", { all: true })).toMatchObject({ all: true });
  expect(check("remove", { all: true })).toMatchObject({ all: true });
  expect(check("undo", { sites: ["ABC"] })).toMatchObject({ sites: ["ABC"] });
  expect(() => check("remove", { all: true, systems: ["A"] })).toThrow(/contradict/);
  expect(check("rebuild", {})).toEqual(DEFAULT_OPTIONS);
});

test("all unknown names are reported together, with the known ones", () => {
  const check = (): unknown =>
    checkOptions("rebuild", { systems: ["X", "A"], packages: ["ABC0000F"], maxUnavailable: 0 }, hierarchy, assigned);
  expect(check).toThrow(
    /unknown system X: did you mean A\? \(there is: A, B\); unknown package ABC0000F: did you mean ABC00001\? \(there is: ABC00001, ABC00002\); maxUnavailable/,
  );
});

test("a removal of everything is refused; one of a package is not", () => {
  expect(() => checkOptions("remove", { roles: ["dp"] }, hierarchy, assigned)).toThrow(expect.objectContaining({ code: "BAD_REQUEST" }));
  expect(checkOptions("remove", { packages: ["ABC00001"] }, hierarchy, assigned).packages).toEqual(["ABC00001"]);
});

test("what a system holds without being assigned any more can be removed", () => {
  const held = (name: string) => ({
    unit: { role: "dp" as const, name },
    live: { generation: { epoch: 1, counter: 1 }, manifest: "m" },
    previous: false,
    sourceVersion: 1,
  });
  expect(names(finish(leftoversOf(hierarchy, assigned, new Map([["A", [held("ABC00001"), held("ABC00007")]]]))))).toEqual(["A:ABC00007"]);
});

test("a run shows the problems of its own units and those of the hierarchy", () => {
  const problem = (unit?: string) => ({ code: "SOURCE_LINK", message: "", leftOut: true, ...(unit ? { unit } : {}) });
  const problems = [problem(), problem("cap/CAP_ABC"), problem("dp/ABC00002"), problem("dp/ABC0000E")];
  const options = { ...DEFAULT_OPTIONS, packages: ["ABC00002"] };
  const found = { selected: select(assigned, options), assigned: new Set(["cap/CAP_ABC", "dp/ABC00002"]) };
  const kept = problemsFor(problems, found, options, hierarchy.systems);
  expect(kept.map(({ unit }) => unit)).toEqual([undefined, "dp/ABC00002"]);
});

test("a run of one site or system does not show, and does not fail for, what is wrong with another site", () => {
  const problem = { code: "SITE_DATA_SHRANK", message: "", leftOut: true };
  const problems = ["ABC", "SEC"].flatMap((site) => [
    { ...problem, site },
    { ...problem, code: "SOURCE_MISSING", unit: `cap/CAP_${site}` },
  ]);
  const shown = (options: Partial<RunOptions>) =>
    problemsFor(problems, { selected: [], assigned: new Set() }, { ...DEFAULT_OPTIONS, ...options }, hierarchy.systems).map(
      ({ site, unit }) => site ?? unit,
    );
  expect(shown({ sites: ["SEC"] })).toEqual(["SEC", "cap/CAP_SEC"]);
  expect(shown({ systems: ["A"] })).toEqual(["ABC", "cap/CAP_ABC"]);
  expect(shown({ systems: ["A", "B"] })).toEqual(shown({}));
});
