import { expect, test } from "vitest";
import { RUN_KINDS, type RunKind } from "./run-kinds.ts";

const CHANGING = new Set(["stage", "activate", "undo", "remove"]);
const KINDS = Object.keys(RUN_KINDS) as RunKind[];

test.each(KINDS)("a run of the kind %s says that it changes units exactly when one of its tasks does", (kind) => {
  const { tasks, changesUnits } = RUN_KINDS[kind];
  expect(changesUnits).toBe(tasks.some((task) => CHANGING.has(task)));
});

test.each(KINDS)("a run of the kind %s says that it rolls content out exactly when it stages, and needs the index for that", (kind) => {
  const { tasks, rollsOut, needsIndex } = RUN_KINDS[kind];
  expect(rollsOut).toBe(tasks.includes("stage"));
  expect(needsIndex || !rollsOut).toBe(true);
});

test("a kind of run that takes something away without bringing anything cannot be started by mistake", () => {
  const taking = KINDS.filter((kind) => RUN_KINDS[kind].changesUnits && !RUN_KINDS[kind].rollsOut);
  const guarded = KINDS.filter((kind) => RUN_KINDS[kind].guarded);
  expect(guarded.filter((kind) => !RUN_KINDS[kind].distribution)).toEqual(taking);
  // Redistribute and refresh need a filter.
  expect(guarded.filter((kind) => RUN_KINDS[kind].distribution)).toEqual(["redistribute", "refresh"]);
});

test("of the field's verbs one alone takes copies to another version, and it is the one that verifies nothing first", () => {
  const verbs = KINDS.filter((kind) => RUN_KINDS[kind].distribution);
  expect(verbs).toEqual(["redistribute", "refresh", "update"]);
  expect(verbs.map((kind) => RUN_KINDS[kind].distribution?.copies)).toEqual(["any", "of-this-version", "of-an-earlier-version"]);
  expect(verbs.map((kind) => RUN_KINDS[kind].differences)).toEqual(["mended", "mended", "ignored"]);
  expect(KINDS.filter((kind) => RUN_KINDS[kind].registersRight)).toEqual(["redistribute"]);
});
