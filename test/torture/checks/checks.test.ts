import { expect, test } from "vitest";
import { aPhase } from "../../../packages/coordinator/test-support/fakes.ts";
import { overBudget } from "./budgets.ts";
import { clientFileFaults } from "./client-files.ts";
import { grown } from "./memory.ts";
import { endOf, otherEnd, withoutEnd, type End } from "./results.ts";
import { servedStreams } from "./served.ts";
import { sentAgain, type Staging } from "./sent-again.ts";

const MIB = 1024 * 1024;

test("a second above the budget is found wherever it begins, and once", () => {
  const bytes = { SEC: [0, 0, 0, 0, 0, 0, 60_000, 60_000, 0, 0, 0, 0, 60_000] };
  expect(overBudget({ bytes, lag: [], flipped: [] }, "SEC", 1_000_000, 100)).toEqual([
    "SEC carried 1.44 Mbit of 1.00 Mbit in the second from 0.3 s",
  ]);
  expect(overBudget({ bytes, lag: [], flipped: [] }, "SEC", 1_440_000, 100)).toEqual([]);
});

test("a second may carry what a coordinator had given out before it was stopped, and no more", () => {
  const traffic = (bytes: number) => ({ bytes: { SEC: [bytes] }, lag: [], flipped: [] });
  expect(overBudget(traffic(133_000), "SEC", 1_000_000, 100)).toEqual([]);
  expect(overBudget(traffic(134_000), "SEC", 1_000_000, 100)).toHaveLength(1);
});

test("a second counts as within its budget if the excess was counted late", () => {
  const bytes = { SEC: [0, 60_000, 90_000] };
  expect(overBudget({ bytes, lag: [0, 250], flipped: [] }, "SEC", 1_000_000, 100)).toEqual([]);
  expect(overBudget({ bytes, lag: [0, 50], flipped: [] }, "SEC", 1_000_000, 100)).toHaveLength(1);
});

test("a program that keeps growing is found, and one that only has peaks is not", () => {
  const samples = (name: string, sizes: number[]) =>
    sizes.flatMap((size) => Array.from({ length: 30 }, () => ({ name, bytes: size * MIB })));
  expect(grown(samples("agent", [100, 110, 150, 190, 230, 240]))).toEqual(["agent grew from 110 MiB to 240 MiB"]);
  expect(grown(samples("agent", [100, 200, 100, 110, 200, 100, 110, 210, 100]))).toEqual([]);
  expect(grown(samples("agent", [100, 200, 300]))).toEqual([]);
  expect(grown(samples("agent", [100, 900, 100]))).toEqual(["agent had 900 MiB"]);
});

test("a client file that is lost, doubled, altered or of nobody is found", () => {
  const files = (...numbers: number[]) => new Map(numbers.map((number) => [`PC000000${number}.ccr`, `request ${number}`]));
  expect(clientFileFaults(4, files(0, 3), files(1, 2))).toEqual([]);
  expect(clientFileFaults(4, files(0, 3), files(1))).toEqual(["PC0000002.ccr is lost"]);
  expect(clientFileFaults(3, files(0, 1), files(1, 2))).toEqual(["PC0000001.ccr exists twice"]);
  expect(clientFileFaults(1, new Map([["PC0000000.ccr", ""]]), files())).toEqual(["PC0000000.ccr has other content"]);
  expect(clientFileFaults(1, files(0, 1), files())).toEqual(["1 files more than clients wrote"]);
});

const activated = { kind: "activated", folders: 1, previous: true } as const;
const done = aPhase({ state: "done", outcome: activated });
const end = (phase: typeof done): End => endOf(phase) as End;

test("an order that ends twice in one attempt is found", () => {
  expect(otherEnd(end(done), done)).toBeUndefined();
  expect(otherEnd(end(done), aPhase({ state: "running" }))).toContain("is running again");
  expect(otherEnd(end(done), aPhase({ state: "cancelled" }))).toContain("ended as done and then as cancelled");
  expect(otherEnd(end(done), { ...done, outcome: { ...activated, folders: 2 } })).toContain("and then");
  expect(otherEnd(end({ ...done, epoch: 2 }), done)).toContain("went back from attempt 2 to 1");
});

test("a later attempt ends separately, and the late result of a cancelled order is added to it", () => {
  expect(otherEnd(end(done), aPhase({ state: "waiting", epoch: 2 }))).toBeUndefined();
  const cancelled = aPhase({ state: "cancelled" });
  expect(otherEnd(end(cancelled), { ...cancelled, outcome: activated })).toBeUndefined();
});

test("an order without an end or without a result is found when everything has settled", () => {
  expect(withoutEnd(done)).toBeUndefined();
  expect(withoutEnd(aPhase({ state: "skipped" }))).toBeUndefined();
  expect(withoutEnd(aPhase({ state: "running" }))).toContain("did not end: running");
  expect(withoutEnd(aPhase({ state: "done" }))).toContain("is done without a result");
});

test("more than 1 MiB for each interruption of a staging on its system is found", () => {
  const staging: Staging = { id: "o1", system: "A", from: 0, to: 10, sourceBytes: 10 * MIB, manifestBytes: 0, wireBytes: 12 * MIB };
  const two = [{ at: 1 }, { at: 2, system: "A" }];
  expect(sentAgain([staging], two)).toEqual([]);
  expect(sentAgain([staging], [{ at: 1 }, { at: 2, system: "B" }])).toHaveLength(1);
  expect(sentAgain([staging], [{ at: 1 }, { at: 11 }])).toHaveLength(1);
});

test("a stream counts as served by a coordinator that stood by only while its log says so", () => {
  const [stands, leads, listens, begins] = [
    "this coordinator stands by: another one leads",
    "this coordinator leads from now on",
    "the coordinator listens",
    "a content stream begins",
  ].map((message) => JSON.stringify({ level: "info", message }));
  expect(servedStreams([listens, begins].join("\n"))).toBe(0);
  expect(servedStreams([stands, begins, begins, leads, begins, listens, begins].join("\n"))).toBe(2);
  // It was killed while it stood by, and leads at once when it is started again.
  expect(servedStreams([stands, begins, listens, begins].join("\n"))).toBe(1);
});
