import { expect, test } from "vitest";
import type { LeftOut, UnitFacts } from "../../domain/runs/plan-run.ts";
import { problemsOf, type Facts } from "./index-sources.ts";

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
