import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createPhaseIds, placeOfPhaseId } from "../../../domain/runs/phase-ids.ts";
import type { Phase } from "../../../domain/runs/run.ts";
import { aPhase } from "../../../../test-support/fakes.ts";
import { createPlanEncoder, decodePart, decodeShared, PART, type SharedOfPlan } from "./planned.ts";

const NONE: SharedOfPlan = { systems: [], units: [] };
const idOf = createPhaseIds(randomUUID());
const key = { run: "r1", plan: placeOfPhaseId(idOf(0))?.plan ?? "" };

const manifestOf = (of: number): string => of.toString(16).padStart(64, "0");

/** A stage and an activation of each unit on each system. */
function planned(first: number, count: number): Phase[] {
  return Array.from({ length: count }, (_, i) => {
    const number = first + i;
    const isSecond = number % 2 === 1;
    const unit = { role: "dp", name: `ABC${number >> 1}` } as const;
    const of = { id: idOf(number), run: "r1", number, unit, system: `S${(number % 6) >> 1}`, manifest: manifestOf(number >> 1) };
    return aPhase({ ...of, state: "waiting", ...(isSecond ? { task: "activate", after: idOf(number - 1) } : {}) });
  });
}

test("a plan that was encoded part by part is decoded as it was, in which each unit and each system is stored once", () => {
  const encoder = createPlanEncoder(key, NONE);
  const parts = [planned(0, PART), planned(PART, 5)];
  const packed = parts.map((phases) => encoder.part(phases));
  const shared = decodeShared(encoder.shared() ?? "");
  expect([shared.systems.length, shared.units.length]).toEqual([3, PART + 5]);
  for (const [i, phases] of parts.entries()) {
    const decoded = decodePart(key, i, packed[i] ?? "", shared);
    expect([...decoded.keys()]).toEqual(phases.map(({ number }) => number));
    expect([...decoded.values()]).toEqual(phases);
  }
});

test("a phase with what others rarely have is decoded as it was, also one whose id does not tell its place", () => {
  const failure = { kind: "failed", code: "SITE_DATA_INVALID", message: "gone", retryable: false } as const;
  const phases: Phase[] = [
    aPhase({ id: "a", run: "r1", number: 3, state: "failed", outcome: failure, endedAt: 5, address: "SEC", due: 1e12, clients: 3 }),
    aPhase({
      id: "b",
      run: "r1",
      number: 4,
      state: "skipped",
      after: "a",
      owned: [{ path: "A", kind: "folder", rights: "clients-read" }],
      task: "remove",
    }),
    aPhase({ id: idOf(5), run: "r1", number: 5, after: "elsewhere", epoch: 3, firstEpoch: 2, wireBytes: 9, beforeRepair: true }),
  ];
  const encoder = createPlanEncoder(key, NONE);
  const packed = encoder.part(phases);
  expect([...decodePart(key, 0, packed, decodeShared(encoder.shared() ?? "")).values()]).toEqual(phases);
});

test("phases that are added later use what is stored of the others, and add what is new", () => {
  const first = createPlanEncoder(key, NONE);
  first.part(planned(0, 6));
  const stored = decodeShared(first.shared() ?? "");
  const same = createPlanEncoder(key, stored);
  same.part(planned(0, 4));
  expect(same.shared()).toBeUndefined();
  const more = createPlanEncoder(key, stored);
  const part = more.part(planned(4, 6));
  const shared = decodeShared(more.shared() ?? "");
  expect(shared.units.slice(0, stored.units.length)).toEqual(stored.units);
  expect([...decodePart(key, 0, part, shared).values()]).toEqual(planned(4, 6));
});
