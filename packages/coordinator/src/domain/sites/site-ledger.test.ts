import { expect, test } from "vitest";
import type { Ranges } from "@sitewright/protocol";
import { createSiteLedger, type LedgerAsk } from "./site-ledger.ts";

const ask = (system: string, ranges: Ranges, more: Partial<LedgerAsk> = {}): LedgerAsk => ({
  content: "SEC m",
  system,
  ranges,
  isUsable: (other) => other !== system,
  complete: [],
  isComplete: false,
  direct: false,
  ...more,
});

test("a chunk that no system has is assigned to the first that asks, and from then on to no other", () => {
  const ledger = createSiteLedger();
  expect(ledger.allot(ask("A", [[0, 9]]))).toEqual({ own: [[0, 9]], elsewhere: new Map() });
  expect(ledger.allot(ask("B", [[5, 14]]))).toEqual({ own: [[10, 14]], elsewhere: new Map([["A", [[5, 9]]]]) });
  expect(
    ledger.allot(
      ask("C", [
        [4, 4],
        [8, 11],
      ]),
    ),
  ).toEqual({
    own: [],
    elsewhere: new Map([
      [
        "A",
        [
          [4, 4],
          [8, 9],
        ],
      ],
      ["B", [[10, 11]]],
    ]),
  });
});

test("a system that requests its chunks again gets them assigned again", () => {
  const ledger = createSiteLedger();
  ledger.allot(ask("A", [[0, 9]]));
  expect(ledger.allot(ask("A", [[3, 4]])).own).toEqual([[3, 4]]);
});

test("what a system reports to hold is assigned to it", () => {
  const ledger = createSiteLedger();
  ledger.holds("SEC m", "A", [
    [2, 3],
    [7, 7],
  ]);
  expect(ledger.allot(ask("B", [[0, 7]]))).toEqual({
    own: [
      [0, 1],
      [4, 6],
    ],
    elsewhere: new Map([
      [
        "A",
        [
          [2, 3],
          [7, 7],
        ],
      ],
    ]),
  });
});

test("other sites, and other manifests, are independent", () => {
  const ledger = createSiteLedger();
  ledger.allot(ask("A", [[0, 9]]));
  for (const content of ["THI m", "SEC n"]) expect(ledger.allot(ask("B", [[0, 9]], { content })).own).toEqual([[0, 9]]);
});

test("an unusable neighbour counts as having nothing, and after a failure the requester is sent all of it and becomes its owner", () => {
  const ledger = createSiteLedger();
  ledger.allot(ask("A", [[0, 9]]));
  expect(ledger.allot(ask("B", [[0, 3]], { isUsable: () => false })).own).toEqual([[0, 3]]);
  expect(ledger.allot(ask("B", [[4, 5]], { direct: true, complete: ["A"] })).own).toEqual([[4, 5]]);
  expect(ledger.allot(ask("C", [[0, 9]])).elsewhere).toEqual(
    new Map([
      ["B", [[0, 5]]],
      ["A", [[6, 9]]],
    ]),
  );
});

test("the chunks of a vanished system are assigned to others", () => {
  const ledger = createSiteLedger();
  ledger.allot(ask("A", [[0, 9]]));
  ledger.allot(ask("B", [[10, 19]]));
  ledger.forget("A");
  expect(ledger.allot(ask("C", [[0, 19]]))).toEqual({ own: [[0, 9]], elsewhere: new Map([["B", [[10, 19]]]]) });
});

test("several systems that have all of it share the work", () => {
  const ledger = createSiteLedger();
  const { own, elsewhere } = ledger.allot(ask("A", [[0, 255]], { complete: ["A", "B", "C"] }));
  expect([own, elsewhere.get("B"), elsewhere.get("C")]).toEqual([
    [],
    [
      [0, 63],
      [128, 191],
    ],
    [
      [64, 127],
      [192, 255],
    ],
  ]);
});

test("memory is bounded: the least recently used record is dropped, and what exceeds the bound is never stored", () => {
  const ledger = createSiteLedger(4096);
  for (const content of ["first", "second"]) ledger.allot(ask("A", [[0, 2999]], { content }));
  expect(ledger.allot(ask("B", [[0, 1]], { content: "second" })).own).toEqual([]);
  expect(ledger.allot(ask("B", [[0, 1]], { content: "first" })).own).toEqual([[0, 1]]);
  ledger.holds("second", "A", [[0, 0xffff_ffff]]);
  expect(ledger.allot(ask("B", [[5000, 5001]], { content: "second" })).own).toEqual([[5000, 5001]]);
});

test("a system that connects and disconnects a thousand times keeps nothing of before, and takes no space of others", () => {
  const ledger = createSiteLedger();
  ledger.allot(ask("A", [[0, 9]]));
  for (let time = 0; time < 1_000; time++) {
    ledger.holds("SEC m", "B", [[10, 19]]);
    ledger.forget("B");
  }
  expect(ledger.allot(ask("C", [[0, 19]]))).toEqual({ own: [[10, 19]], elsewhere: new Map([["A", [[0, 9]]]]) });
});

test("what all complete systems lack is sent once, to the one who asks when no other is left that may have it", () => {
  const ledger = createSiteLedger();
  const damaged = (system: string, complete: string[]) => ledger.allot(ask(system, [[3, 4]], { complete, isComplete: true }));
  expect(damaged("A", ["B"])).toEqual({ own: [], elsewhere: new Map([["B", [[3, 4]]]]) });
  expect(damaged("B", ["A"])).toEqual({ own: [[3, 4]], elsewhere: new Map() });
  expect(damaged("A", ["B"])).toEqual({ own: [], elsewhere: new Map([["B", [[3, 4]]]]) });
  // Of the rest they are believed, and one that comes back too.
  expect(ledger.allot(ask("C", [[0, 5]], { complete: ["A"] }))).toEqual({
    own: [],
    elsewhere: new Map([
      [
        "A",
        [
          [0, 2],
          [5, 5],
        ],
      ],
      ["B", [[3, 4]]],
    ]),
  });
  ledger.forget("A");
  expect(ledger.allot(ask("C", [[3, 4]], { complete: ["A"] })).elsewhere).toEqual(new Map([["A", [[3, 4]]]]));
});
