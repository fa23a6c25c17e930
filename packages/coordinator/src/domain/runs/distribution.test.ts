import { expect, test } from "vitest";
import type { Held, RunKind } from "@sitewright/protocol";
import type { Hierarchy } from "../sites/hierarchy.ts";
import { copiesFor, type Copies } from "./distribution.ts";
import type { RunOptions } from "./run.ts";
import { finish } from "../slices.ts";
import { assignmentsOf, checkOptions as checkSliced, select } from "./selection.ts";

const site = (code: string) => ({ code, name: "", type: "primary" as const, server: "A", timeZone: "UTC", logonSenior: true });
const hierarchy: Hierarchy = {
  sites: new Map([
    ["ABC", site("ABC")],
    ["SEC", site("SEC")],
  ]),
  systems: new Map([
    ["SRVABC", { name: "SRVABC", site: "ABC", roles: ["dp"] }],
    ["SRVSEC", { name: "SRVSEC", site: "SEC", roles: ["cap", "logon-point", "dp"] }],
    ["SRVDP2", { name: "SRVDP2", site: "SEC", roles: ["dp"] }],
  ]),
  addresses: new Map(),
};
const assigned = assignmentsOf(
  hierarchy,
  new Map([
    ["cap/CAP_SEC", ["SRVSEC"]],
    ["logon-point/SMSLOGON@SEC", ["SRVSEC"]],
    ["dp/ABC00001", ["SRVABC", "SRVSEC", "SRVDP2"]],
    ["dp/ABC00002", ["SRVABC"]],
    ["dp/ABC00003", ["SRVSEC"]],
  ]),
  new Map(),
);

const checkOptions = (...given: Parameters<typeof checkSliced>): RunOptions => finish(checkSliced(...given));
const chosen = (kind: RunKind, options: Partial<RunOptions>): string[] =>
  finish(select(assigned, checkOptions(kind, options, hierarchy, assigned), [], hierarchy.systems)).map(
    ({ system, unit }) => `${system}:${unit.name}`,
  );

test("a redistribution is of a site's packages and advertisements, and of nothing else that it has", () => {
  expect(chosen("redistribute", { sites: ["SEC"] })).toEqual(["SRVSEC:CAP_SEC", "SRVSEC:ABC00001", "SRVDP2:ABC00001", "SRVSEC:ABC00003"]);
  expect(chosen("redistribute", { sites: ["SEC"], packages: ["ABC00001"] })).toEqual(["SRVSEC:ABC00001", "SRVDP2:ABC00001"]);
  expect(chosen("redistribute", { systems: ["SRVDP2"] })).toEqual(["SRVDP2:ABC00001"]);
  expect(chosen("redistribute", { all: true })).toHaveLength(6);
  expect(chosen("refresh", { packages: ["ABC00001"] })).toEqual(["SRVABC:ABC00001", "SRVSEC:ABC00001", "SRVDP2:ABC00001"]);
});

test("a redistribution and a refresh hash every byte, and are never begun without saying of what", () => {
  for (const kind of ["redistribute", "refresh"] as const) {
    expect(checkOptions(kind, { sites: ["SEC"] }, hierarchy, assigned)).toMatchObject({ full: true });
    expect(() => checkOptions(kind, {}, hierarchy, assigned)).toThrow(/say where \(.*--site.*--all/);
    expect(() => checkOptions(kind, { all: true, sites: ["SEC"] }, hierarchy, assigned)).toThrow(/contradict/);
    // As it is stored, to be selected again after a restart.
    const again = checkOptions(kind, { all: true }, hierarchy, assigned);
    expect(checkOptions(kind, again, hierarchy, assigned)).toEqual(again);
  }
  expect(checkOptions("update", {}, hierarchy, assigned)).toMatchObject({ full: false, roles: ["dp"] });
});

const refused: [RunKind, Partial<RunOptions>, RegExp][] = [
  ["redistribute", { sites: ["SCE"] }, /^unknown site SCE: did you mean SEC\? \(there is: ABC, SEC\)$/],
  ["redistribute", { sites: ["SEC"], packages: ["ABC0001"] }, /^unknown package ABC0001: did you mean ABC00001\?/],
  ["redistribute", { sites: ["SEC"], packages: ["ABC00001", "ABC00002"] }, /^package ABC00002 is not assigned there, but to SRVABC$/],
  ["redistribute", { sites: ["ABC", "SEC"], packages: ["ABC00003"] }, /^nothing of what was chosen is assigned to the site ABC$/],
  ["refresh", { systems: ["SRVABC", "SRVDP2"], packages: ["ABC00002"] }, /^nothing of what was chosen is assigned to SRVDP2$/],
  ["redistribute", { sites: ["SEC"], roles: ["logon-point"] }, /^redistribute is about CAP and DP: leave logon-point out$/],
  ["update", { sites: ["SEC"], packages: ["ABC00001"] }, /^update goes to every distribution point of a package: leave sites/],
];

test.each(refused)("a %s of %j is refused, with what was meant or where it is", (kind, options, message) => {
  const check = () => checkOptions(kind, options, hierarchy, assigned);
  expect(check).toThrow(expect.objectContaining({ code: "BAD_REQUEST", message: expect.stringMatching(message) }));
});

const copy = (sourceVersion: number, change: Partial<Held> = {}): Held => ({
  unit: { role: "dp", name: "ABC00001" },
  live: { generation: { epoch: 1, counter: 1 }, manifest: "m" },
  previous: false,
  sourceVersion,
  ...change,
});

function updated(held: Record<string, Held>, stated: number | undefined, named: string[] = ["ABC00001"]): string[] {
  const copies: Copies = {
    held: (system) => held[system],
    units: new Map([["dp/ABC00001", stated === undefined ? {} : { sourceVersion: stated }]]),
    describe: ({ name }) => ({ place: name, file: `${name}/package.yaml` }),
  };
  const all = assigned.filter(({ unit }) => unit.name === "ABC00001" || (named.length === 0 && unit.role === "dp"));
  return copiesFor("update", all, named, copies).map(({ system, unit }) => `${system}:${unit.name}`);
}

test("an update is for copies of an earlier version, and for whatever lacks the package then; those that have it are left alone", () => {
  expect(updated({ SRVABC: copy(3), SRVSEC: copy(4) }, 4)).toEqual(["SRVABC:ABC00001", "SRVDP2:ABC00001"]);
  // Staged is not served yet.
  const staged = copy(4, { staged: { generation: { epoch: 1, counter: 2 }, manifest: "n" } });
  expect(updated({ SRVABC: copy(4), SRVSEC: staged, SRVDP2: copy(4) }, 4)).toEqual(["SRVSEC:ABC00001"]);
  // A newer one stays among them, so that the run names it.
  expect(updated({ SRVABC: copy(3), SRVSEC: copy(5), SRVDP2: copy(4) }, 4)).toEqual(["SRVABC:ABC00001", "SRVSEC:ABC00001"]);
});

test("without names an update is of every package that has risen, and of no other", () => {
  expect(updated({ SRVABC: copy(3), SRVSEC: copy(3), SRVDP2: copy(3) }, 4, [])).toEqual([
    "SRVABC:ABC00001",
    "SRVSEC:ABC00001",
    "SRVDP2:ABC00001",
  ]);
});

test.each([
  [
    "has risen over none of its copies",
    { SRVABC: copy(4), SRVSEC: copy(4) },
    4,
    /version 4, and ABC00001\/package.yaml states 4: .* to 5; .*refresh/,
  ],
  ["is below that of a copy", { SRVABC: copy(6) }, 4, /version 6, and .* states 4: .* to 7/],
  ["is not stated", { SRVABC: copy(0) }, undefined, /states no sourceVersion/],
  ["is of a package that no system holds", {}, 4, /no distribution point holds it yet: 'sitewright rebuild --package ABC00001'/],
])("an update is refused where the version %s, and says what to do", (_, held, stated, message) => {
  for (const named of [["ABC00001"], []])
    expect(() => updated(held as Record<string, Held>, stated, named)).toThrow(
      expect.objectContaining({ code: "VERSION_NOT_RISEN", message: expect.stringMatching(message) }),
    );
});

test("which versions copies have is nothing to a redistribution or a refresh before they are planned", () => {
  const copies: Copies = { held: () => copy(1), units: new Map(), describe: () => ({ place: "", file: "" }) };
  for (const kind of ["redistribute", "refresh"] as const) expect(copiesFor(kind, assigned, [], copies)).toEqual(assigned);
});
