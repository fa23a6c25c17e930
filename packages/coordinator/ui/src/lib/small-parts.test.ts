import { describe, expect, test } from "vitest";
import { formatAgo, percent, plural, shortList } from "./format.ts";
import { choicesOf, decidedWords } from "./object-words.ts";
import { links, parseRoute } from "./route.ts";
import { createEventParser } from "../api/live.ts";

describe("routes", () => {
  test.each([
    ["", { page: "overview" }],
    ["#/", { page: "overview" }],
    ["#/runs", { page: "runs" }],
    [links.run("a b/c"), { page: "run", id: "a b/c" }],
    [links.system("SRVSEC"), { page: "system", name: "SRVSEC" }],
    [links.startSystem("SRVSEC"), { page: "start", systems: ["SRVSEC"], sites: [] }],
    ["#/addresses", { page: "addresses" }],
    [links.address("SEC"), { page: "address", name: "SEC" }],
    ["#/recoveries", { page: "recoveries" }],
    [links.recovery("5a44e557"), { page: "recovery", id: "5a44e557" }],
    [links.report("5a44e557"), { page: "report", id: "5a44e557" }],
    ["#/sign-in", { page: "sign-in" }],
    ["#/sign-in/c0de", { page: "sign-in", code: "c0de" }],
    ["#/runs/a/b", { page: "unknown" }],
    ["#/systems", { page: "unknown" }],
    ["#/%", { page: "unknown" }],
  ])("%s", (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });
});

describe("the stream of events", () => {
  test("is parsed however the network splits it; keep-alives yield nothing", () => {
    const text = 'event: snapshot\ndata: {"a":1}\n\n: keep-alive\n\nevent: change\ndata: {"b":2}\n\n';
    for (let cut = 0; cut <= text.length; cut++) {
      const parse = createEventParser();
      expect([...parse(text.slice(0, cut)), ...parse(text.slice(cut))]).toEqual([
        { event: "snapshot", data: '{"a":1}' },
        { event: "change", data: '{"b":2}' },
      ]);
    }
  });
});

describe("words", () => {
  test.each([
    [0, "just now"],
    [15_000, "15 s ago"],
    [125_000, "2 min ago"],
    [7_200_000, "2 h ago"],
    [86_400_000, "1 day ago"],
    [-5_000, "just now"],
  ])("%d ms are %s", (age, words) => {
    expect(formatAgo(1_000_000_000, 1_000_000_000 + age)).toBe(words);
  });

  test("a share is a hundred percent only when nothing is missing", () => {
    expect([0, 0.999, 1, 1.2, -1].map(percent)).toEqual([0, 99, 100, 100, 0]);
  });

  test("names and counts are shortened where they are many", () => {
    expect(shortList(["A", "B", "C", "D"], 2)).toBe("A, B and 2 more");
    expect([plural(1, "step waits", "steps wait"), plural(1200, "file")]).toEqual(["1 step waits", "1,200 files"]);
  });
});

describe("decisions about objects", () => {
  const copy = (system: string, number: number) => ({ system, number, isConnected: true });
  const copies = [copy("A1", 3), copy("A2", 3), copy("A3", 2)];

  test("where the newest copies differ, each of them can be chosen by its system", () => {
    expect(choicesOf({ finding: "conflict", copies, choices: ["bring-back", "keep"] })).toEqual([
      { decision: "bring-back", from: "A1" },
      { decision: "bring-back", from: "A2" },
      { decision: "keep" },
    ]);
    expect(choicesOf({ finding: "made", copies, choices: ["bring-back", "remove"] })).toEqual([
      { decision: "bring-back" },
      { decision: "remove" },
    ]);
  });

  test("what was decided says where the content came from, and its new id", () => {
    expect(decidedWords({ decision: "recreate", as: "ABC0002A", from: "A1" })).toBe("was recreated as ABC0002A from A1");
    expect(decidedWords({ decision: "keep" })).toBe("stays as the site data have it");
  });
});
