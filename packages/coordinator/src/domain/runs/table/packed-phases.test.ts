import fc from "fast-check";
import { expect, test } from "vitest";
import { aPhase } from "../../../../test-support/fakes.ts";
import { PHASE_STATES, WAIT_REASONS, type Outcome } from "@sitewright/protocol";
import type { Phase } from "../run.ts";
import { createIds } from "./ids.ts";
import { createPackedPhases } from "./packed-phases.ts";

const OUTCOMES: readonly Outcome[] = [
  { kind: "activated", folders: 2, previous: true },
  { kind: "failed", code: "DISK_FULL", message: "2 GB are missing", retryable: true, path: "a" },
];
const count = fc.nat({ max: 2 ** 40 });
const letters = fc.constantFrom("A", "B", "C");
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

/** Any fields that a phase may have, without those that it lacks. */
const anyPhase: fc.Arbitrary<Phase> = fc
  .record({
    id: fc.oneof(fc.uuid(), fc.constantFrom("order-1", "order-2", "00000000-0000-0000-0000-000000000000")),
    run: fc.constant("run-1"),
    number: fc.nat({ max: 5_000 }),
    system: letters,
    site: letters,
    unit: fc.record({ role: fc.constantFrom("dp" as const, "cap" as const), name: letters }),
    task: fc.constantFrom("stage" as const, "activate" as const, "remove" as const),
    state: fc.constantFrom(...PHASE_STATES),
    priority: fc.constantFrom("high" as const, "low" as const),
    generation: fc.record({ epoch: fc.nat({ max: 3 }), counter: fc.constantFrom(1, 2 ** 52 + 1) }),
    manifestBytes: fc.nat({ max: 3 }),
    sourceVersion: fc.nat({ max: 3 }),
    files: fc.nat({ max: 3 }),
    sourceBytes: count,
    packedBytes: fc.double({ min: 0, max: 9, noNaN: true }),
    epoch: fc.nat({ max: 1_000_000 }),
    wireBytes: count,
    after: maybe(fc.constantFrom("order-1", "order-3")),
    beforeRepair: maybe(fc.constant(true as const)),
    clients: maybe(count),
    due: maybe(count),
    address: maybe(letters),
    manifest: maybe(fc.constantFrom("a".repeat(64), "b".repeat(64))),
    owned: maybe(fc.constant([{ path: "a", kind: "folder" as const, rights: "clients-read" as const }])),
    content: maybe(letters),
    presentBytes: maybe(fc.double({ min: 0, max: 9, noNaN: true })),
    firstEpoch: maybe(fc.nat({ max: 3 })),
    notBefore: maybe(count),
    waitingFor: maybe(fc.constantFrom(...WAIT_REASONS)),
    inUse: maybe(fc.constant({ since: 1, tries: 2, message: "open" })),
    stalledSince: maybe(count),
    cancelBy: maybe(count),
    startedAt: maybe(count),
    endedAt: maybe(count),
    outcome: maybe(fc.constantFrom(...OUTCOMES)),
  })
  .map((fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as unknown as Phase);

test("whatever is set, in any order and however often, is found again as it was, as in a map", () => {
  fc.assert(
    fc.property(fc.array(anyPhase, { maxLength: 60 }), (phases) => {
      const map = new Map<string, Phase>();
      const packed = createPackedPhases();
      for (const phase of phases) {
        map.set(phase.id, phase);
        packed.set(phase);
      }
      expect(packed.size).toBe(map.size);
      expect([...packed.values()]).toEqual([...map.values()]);
      for (const [id, phase] of map) expect([packed.get(id), packed.stateOf(id)]).toEqual([phase, phase.state]);
      expect([packed.get("order-9"), packed.get("11111111-1111-4111-8111-111111111111"), packed.stateOf("order-9")]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    }),
  );
});

test("an open phase is not made again for each look at it, and a limited number of them is kept whole", () => {
  const packed = createPackedPhases();
  const ids = Array.from({ length: 2_000 }, (_, number) => `order-${number}`);
  for (const id of ids) packed.set(aPhase({ id, state: "released" }));
  const first = ids.map((id) => packed.get(id));
  const isSame = ids.toReversed().map((id, number) => packed.get(id) === first[ids.length - 1 - number]);
  expect(isSame.filter(Boolean)).toHaveLength(1_024);
  packed.set(aPhase({ id: "order-0", state: "running" }));
  expect(packed.get("order-0")).toMatchObject({ state: "running" });
  packed.set(aPhase({ id: "order-0", state: "done" }));
  expect(packed.get("order-0")).toMatchObject({ state: "done" });
  expect(packed.get("order-0")).not.toBe(packed.get("order-0"));
});

test("a hundred thousand ids are read as they were set", () => {
  const ids = createIds();
  const texts = Array.from({ length: 100_000 }, (_, number) => (number % 1_000 === 0 ? `order-${number}` : crypto.randomUUID()));
  for (const [number, id] of texts.entries()) ids.set(number, id);
  expect(texts.every((id, number) => ids.get(number) === id)).toBe(true);
  expect(ids.get(100_000)).toBeUndefined();
});
