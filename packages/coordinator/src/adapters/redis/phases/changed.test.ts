import { expect, test } from "vitest";
import type { Outcome } from "@sitewright/protocol";
import type { Phase } from "../../../domain/runs/run.ts";
import { aPhase } from "../../../../test-support/fakes.ts";
import { decodeChanged, encodeChanged, hasDetails, REVISION } from "./changed.ts";

const PLANNED = aPhase({ id: "p1", state: "waiting", presentBytes: 7, epoch: 1, wireBytes: 0 });
const COUNTS = { missing: 0, extra: 0, damaged: 0, rights: 0 };
const FILES = { files: 8, bytes: 147, deviations: [], deviationCount: 0, counts: COUNTS };
const RIGHT: Outcome & { kind: "verified" } = { kind: "verified", right: true, absent: false, stale: false, ...FILES };

test.each<[string, Partial<Phase>]>([
  ["released", { state: "released" }],
  ["cancelled before it began", { state: "cancelled", endedAt: 1_795_850_374_817 }],
  ["begun before this form was made", { state: "running", startedAt: 1, wireBytes: 2 ** 52 }],
  ["staged", { state: "done", outcome: { kind: "staged", files: 1, reusedBytes: 2, fetchedBytes: 3, retriedBytes: 0 } }],
  ["staged by neighbours", { outcome: { kind: "staged", files: 1, reusedBytes: 2, fetchedBytes: 3, retriedBytes: 0, peerBytes: 9 } }],
  [
    "activated",
    { state: "done", startedAt: 1_795_850_374_817, endedAt: 1_795_850_375_037, outcome: { kind: "activated", folders: 5, previous: true } },
  ],
  ["removed", { outcome: { kind: "removed", files: 3 } }],
  ["found right", { outcome: RIGHT }],
  ["estimated", { outcome: { kind: "estimated", files: 1, sourceBytes: 2, presentBytes: 3, indexAgeMs: 4 } }],
])("a phase that was %s needs no details, and is read as it was", (_, change) => {
  const phase = { ...PLANNED, ...change };
  const changed = encodeChanged(PLANNED, phase);
  expect(changed.details).toBe("");
  expect(hasDetails(changed.text)).toBe(false);
  expect(decodeChanged(PLANNED, changed)).toEqual(phase);
});

test.each<[string, Partial<Phase>]>([
  ["failed", { state: "failed", outcome: { kind: "failed", code: "DISK_FULL", message: "full", retryable: false } }],
  ["undone", { outcome: { kind: "undone", manifest: "ab".repeat(32) } }],
  [
    "found damaged",
    {
      outcome: {
        ...RIGHT,
        right: false,
        deviations: [{ kind: "damaged", path: "a" }],
        deviationCount: 1,
        counts: { ...COUNTS, damaged: 1 },
      },
    },
  ],
  ["running", { state: "running", progress: { step: "fetching", files: 1, reusedBytes: 2, fetchedBytes: 3, retriedBytes: 4 } }],
  ["to be tried again", { epoch: 2, firstEpoch: 2, notBefore: 1.5, generation: { epoch: 2, counter: 1_795_850_374_817_001 } }],
  ["timed between milliseconds", { startedAt: 1_795_850_374_817.25, endedAt: 1_795_850_374_817.5 }],
])("a phase that was %s is read as it was, with details", (_, change) => {
  const phase = { ...PLANNED, ...change };
  const changed = encodeChanged(PLANNED, phase);
  expect(hasDetails(changed.text)).toBe(true);
  expect(decodeChanged(PLANNED, changed)).toEqual(phase);
});

test("what the plan says and the phase no longer has is gone when it is read", () => {
  const outcome: Outcome = { kind: "failed", code: "SITE_DATA_INVALID", message: "gone", retryable: false };
  const leftOut = aPhase({ state: "failed", outcome, endedAt: 5, presentBytes: 7 });
  const { outcome: _, endedAt: __, presentBytes: ___, ...rest } = leftOut;
  const again: Phase = { ...rest, state: "waiting", epoch: 2 };
  expect(decodeChanged(leftOut, encodeChanged(leftOut, again))).toEqual(again);
});

test("the text of a phase that is done fits into one piece with the others in Redis, which takes 64 bytes", () => {
  const times = { startedAt: 1_895_850_374_817, endedAt: 1_895_850_374_817 + 86_400_000 };
  const outcome: Outcome = { kind: "staged", files: 20_000, reusedBytes: 9e9, fetchedBytes: 9e9, retriedBytes: 1e6 };
  const { text } = encodeChanged(PLANNED, { ...PLANNED, state: "done", epoch: 12, wireBytes: 9e9, ...times, outcome });
  expect(REVISION + text.length).toBeLessThanOrEqual(64);
});

test.each([
  ["x 1 0", 'it has the unknown state "x"'],
  ["d ! 0", 'it has "!" in place of a number'],
  ["d 1 0   z1", 'it has the unknown outcome "z1"'],
])("the text %o is refused", (text, message) => {
  expect(() => decodeChanged(PLANNED, { text, details: "" })).toThrow(message);
});
