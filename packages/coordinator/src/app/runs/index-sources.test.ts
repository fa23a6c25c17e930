import { SitewrightError } from "@sitewright/protocol";
import { expect, onTestFinished, test, vi } from "vitest";
import type { LeftOut, UnitFacts } from "../../domain/runs/plan-run.ts";
import type { Run } from "../../domain/runs/run.ts";
import type { Problem, UnitSource } from "../../domain/sites/hierarchy.ts";
import { aRun } from "../../../test-support/fakes.ts";
import { createIndexer, problemsOf, type Facts, type IndexerDeps } from "./index-sources.ts";

const FACTS = { manifest: "m", manifestBytes: 1, files: 3, sourceBytes: 4, packedBytes: 4, sourceVersion: 0 };

test("a unit that was left out is reported once, and one whose files rotted is reported beside its work", () => {
  const facts: Facts = new Map<string, UnitFacts | LeftOut>([
    ["dp/ABC00001", FACTS],
    ["dp/ABC00002", { leftOut: { code: "SOURCE_NAME", message: "named aux", path: "p" } }],
    ["dp/ABC00003", { leftOut: { code: "SOURCE_MISSING", message: "known before" } }],
    ["dp/ABC00004", { ...FACTS, altered: { files: 2, first: "packages/ABC00004/source/a" } }],
  ]);
  const known = [{ unit: "dp/ABC00003", leftOut: true, code: "SOURCE_MISSING", message: "known before" }];
  expect(problemsOf(facts, known)).toEqual([
    { unit: "dp/ABC00002", leftOut: true, code: "SOURCE_NAME", message: "named aux", path: "p" },
    {
      unit: "dp/ABC00004",
      leftOut: false,
      code: "SOURCE_ALTERED",
      path: "packages/ABC00004/source/a",
      message: expect.stringContaining("packages/ABC00004/source/a and 1 more has other bytes") as unknown,
    },
  ]);
});

/** An indexer of one unit, for which there is room when `room` says so. */
function withoutRoom(state: Run["state"]) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const run = aRun({ state });
  let isFull = true;
  const source = { unit: { role: "dp", name: "ABC00001" }, owned: [], places: [] } as unknown as UnitSource;
  const index = async () => {
    if (isFull) throw new SitewrightError("DISK_FULL", "the disk that holds index.db is full", { path: "index.db" });
    return { ...FACTS, unit: source.unit };
  };
  const noted: Problem[] = [];
  const quiet = { info() {}, warn() {}, error() {} };
  const noteWait = async (_: Run, problem: Problem) => void noted.push(problem);
  const board = { runs: () => new Map([[run.id, run]]) };
  const deps = {
    board,
    noteWait,
    index: { index },
    site: { checkRoot: async () => {} },
    live: { run() {} },
    log: quiet,
  } as unknown as IndexerDeps;
  const assignments = [{ system: "S1", site: "SEC", unit: source.unit, priority: "medium" as const }];
  const abort = new AbortController();
  const sources = { assignments, units: new Map([["dp/ABC00001", source]]), problems: [], root: "/site-data" };
  const facts = createIndexer(deps)(run, sources, abort.signal);
  return { facts, abort, makeRoom: () => void (isFull = false), noted };
}

test("a unit for which the coordinator has no room is not left out: it is tried again until there is room, which is stated", async () => {
  const { facts, makeRoom, noted } = withoutRoom("preparing");
  await vi.advanceTimersByTimeAsync(12_000);
  const message = "the disk that holds index.db is full; it is tried again until there is room";
  const note = { unit: "dp/ABC00001", leftOut: false, code: "DISK_FULL", message, path: "index.db" };
  expect(noted).toEqual([note, note, note]);
  makeRoom();
  await vi.advanceTimersByTimeAsync(5_000);
  expect((await facts).get("dp/ABC00001")).toMatchObject(FACTS);
});

test("a run that is cancelled does not wait for room any longer", async () => {
  const { facts, abort } = withoutRoom("preparing");
  await vi.advanceTimersByTimeAsync(1_000);
  abort.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect((await facts).get("dp/ABC00001")).toMatchObject({ leftOut: { code: "DISK_FULL" } });
});

test("an order that is given the present content of its source does not wait for room: it goes with what it had", async () => {
  const { facts, noted } = withoutRoom("running");
  await vi.advanceTimersByTimeAsync(0);
  expect((await facts).get("dp/ABC00001")).toMatchObject({ leftOut: { code: "DISK_FULL" } });
  expect(noted).toEqual([]);
});
