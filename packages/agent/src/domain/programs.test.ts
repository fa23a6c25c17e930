import { expect, test } from "vitest";
import {
  judgeOrder,
  keptDigests,
  NO_PROGRAMS,
  programToRun,
  trialBegun,
  trialFailed,
  trialPassed,
  trialPutOff,
  withStaged,
  type Program,
  type Programs,
} from "./programs.ts";

const program = (version: string): Program => ({ version, digest: `package ${version}`, executable: `program ${version}` });
const ONE = program("1.1.0");
const TWO = program("1.2.0");
const ordered = (one: Program, order = "u1") => ({ ...one, order });

test.each([
  ["none was loaded", NO_PROGRAMS, "1.0.0", undefined],
  ["a loaded one is later than the installed one", { current: ONE, failed: [] }, "1.0.9", ONE],
  ["an administrator installed the same version", { current: ONE, failed: [] }, "1.1.0", undefined],
  ["an administrator installed a later version", { current: ONE, failed: [] }, "1.10.0", undefined],
  ["another one is staged, which is tried first and not run", { current: ONE, staged: ordered(TWO), failed: [] }, "1.0.0", ONE],
  ["another one failed", { current: ONE, failed: [{ order: "u1", version: "1.2.0", why: "" }] }, "1.0.0", ONE],
] satisfies [string, Programs, string, Program | undefined][])("the version to run when %s", (_, programs, installed, expected) => {
  expect(programToRun(programs, installed)).toEqual(expected);
});

test("a version that was welcomed becomes the current one, and the one before is kept beside it", () => {
  const trial = trialBegun(withStaged({ current: ONE, failed: [] }, ordered(TWO)));
  expect(trial).toEqual({ current: ONE, trial: ordered(TWO), failed: [] });
  expect(keptDigests(trial)).toEqual([ONE.digest, TWO.digest]);
  expect(trialPassed(trial)).toEqual({ current: TWO, previous: ONE, failed: [] });
  expect(trialPassed(trialBegun(withStaged(NO_PROGRAMS, ordered(ONE))))).toEqual({ current: ONE, failed: [] });
});

test("a version that failed leaves the current one, is not tried again by its order, and its folder is not kept", () => {
  const after = trialFailed(trialBegun(withStaged({ current: ONE, failed: [] }, ordered(TWO))), "it ended with 1");
  const failure = { order: "u1", version: "1.2.0", why: "it ended with 1" };
  expect(after).toEqual({ current: ONE, failed: [failure] });
  expect(keptDigests(after)).toEqual([ONE.digest]);
  expect(judgeOrder(after, { id: "u1", version: "1.2.0" }, "1.1.0")).toEqual(failure);
  // An operator may order the same version again.
  expect(judgeOrder(after, { id: "u2", version: "1.2.0" }, "1.1.0")).toBe("load");
});

test("a version that runs or is staged is not loaded again", () => {
  expect(judgeOrder(NO_PROGRAMS, { id: "u1", version: "1.1.0" }, "1.1.0")).toBe("have");
  expect(judgeOrder(withStaged(NO_PROGRAMS, ordered(TWO)), { id: "u1", version: "1.2.0" }, "1.1.0")).toBe("have");
});

test("a version whose trial was stopped with the agent is tried at the next start", () => {
  const staged = withStaged({ current: ONE, failed: [] }, ordered(TWO));
  expect(trialPutOff(trialBegun(staged))).toEqual(staged);
});

test("without a trial there is nothing to pass or to fail, and only the newest failures are kept", () => {
  const programs: Programs = { current: ONE, previous: TWO, failed: [] };
  expect([trialBegun(programs), trialPassed(programs), trialFailed(programs, "x"), trialPutOff(programs)]).toEqual(Array(4).fill(programs));
  let many = NO_PROGRAMS;
  for (let i = 0; i < 30; i += 1) many = trialFailed({ ...many, trial: ordered(TWO, `u${i}`) }, "x");
  expect(many.failed.map(({ order }) => order)).toEqual(Array.from({ length: 10 }, (_, i) => `u${i + 20}`));
});
