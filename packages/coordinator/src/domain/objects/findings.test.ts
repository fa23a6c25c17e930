import { expect, test } from "vitest";
import { findObjects, type Copy, type ObjectFacts } from "./findings.ts";

const copy = (system: string, number: number, content = "c"): Copy => ({ system, number, content, at: "m", isConnected: true });
const facts = (more: Partial<ObjectFacts>): ObjectFacts => ({
  kind: "package",
  id: "ABC00001",
  copies: [],
  traces: [],
  removedFrom: [],
  ...more,
});
const find = (more: Partial<ObjectFacts>) => findObjects([facts(more)]).map(({ finding, choices }) => [finding, ...choices].join(" "));
const known = (version: number, state: "there" | "deleted" | "revived" | "lost" | "reissued" = "there") => ({ version, state, at: 1 });

test.each<[string, Partial<ObjectFacts>, string[]]>([
  ["held by a system and not in the site data: made", { copies: [copy("A1", 1)] }, ["made bring-back recreate remove"]],
  ["known to the ledger alone: made, and can only be given up", { known: known(2) }, ["made remove"]],
  ["deleted by a decision: nothing", { known: known(2, "deleted"), copies: [copy("A1", 2)] }, []],
  ["as it was seen: nothing", { stated: { number: 2 }, known: known(2), copies: [copy("A1", 2)] }, []],
  ["held in an earlier version, which a rebuild replaces: nothing", { stated: { number: 2 }, copies: [copy("A1", 1)] }, []],
  ["held in a later version: changed", { stated: { number: 1 }, copies: [copy("A1", 2)] }, ["changed bring-back keep"]],
  ["seen in a later version, which no system holds", { stated: { number: 2 }, known: known(4), copies: [copy("A1", 1)] }, ["changed keep"]],
  ["deleted and described again: revived", { stated: { number: 1 }, known: known(1, "revived") }, ["revived keep remove"]],
  ["unknown to the ledger, and removed from a system: revived", { stated: { number: 1 }, removedFrom: ["A1"] }, ["revived keep remove"]],
  ["removed from one system that another one has: nothing", { stated: { number: 1 }, copies: [copy("A2", 1)], removedFrom: ["A1"] }, []],
  [
    "lost, and something described under its id: reissued",
    { stated: { number: 1 }, known: known(3, "reissued"), copies: [copy("A1", 3)] },
    ["reissued bring-back recreate keep"],
  ],
  [
    "held with two contents under one number: a conflict",
    { copies: [copy("A1", 2), copy("A2", 2, "d")] },
    ["conflict bring-back recreate remove"],
  ],
  [
    "held with two contents in two versions: no conflict",
    { copies: [copy("A1", 1), copy("A2", 2, "d")] },
    ["made bring-back recreate remove"],
  ],
  [
    "held with another content than the site data have under the number",
    { stated: { number: 2, content: "e" }, copies: [copy("A1", 2)] },
    ["conflict bring-back recreate keep"],
  ],
  [
    "had by a system in a later version than the site data have: changed",
    { stated: { number: 2 }, traces: [{ system: "A1", number: 4 }] },
    ["changed keep"],
  ],
  ["had by a system once, and known from nowhere else: nothing", { traces: [{ system: "A1", number: 4 }] }, []],
  [
    "an advertisement cannot be recreated: its content names its id",
    { kind: "advertisement", copies: [copy("A1", 1)] },
    ["made bring-back remove"],
  ],
])("%s", (_, given, expected) => {
  expect(find(given)).toEqual(expected);
});

test("a finding names its witnesses, the newest copy first, and those that cannot be asked now", () => {
  const away = { ...copy("A2", 3), isConnected: false };
  const [found] = findObjects([
    facts({ stated: { number: 1 }, known: known(2), copies: [copy("A1", 2), away], traces: [{ system: "A3", number: 3 }] }),
  ]);
  expect(found?.copies.map(({ system }) => system)).toEqual(["A2", "A1"]);
  expect(found?.reasons).toEqual([
    "the site data state 1, and 3 was seen",
    "the ledger has version 2 (1970-01-01 00:00 UTC)",
    "A1 holds version 2",
    "A2 holds version 3, as far as known: it is not connected",
    "A3 has had version 3, which was replaced or removed there",
  ]);
});
