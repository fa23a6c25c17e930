import { expect, test } from "vitest";
import { aPhase, anAddress } from "../../../test-support/fakes.ts";
import type { Phase } from "../runs/run.ts";
import type { Forecast } from "./forecast.ts";
import { restoredBy } from "./restored.ts";

const RUN = { id: "run-1", createdAt: 1_000, endedAt: 6_000 };
const LINE = anAddress("SEC", { timeZone: "America/Chicago" });

/** The staging and the activation of a package, of which the second ended at this time. */
function unit(name: string, endedAt: number, overrides: Partial<Phase> = {}): Phase[] {
  const about: Partial<Phase> = { run: RUN.id, system: "S1", site: "SEC", unit: { role: "dp", name }, clients: 1, ...overrides };
  return [
    aPhase({ ...about, id: `stage ${name}`, task: "stage", state: "done", endedAt: endedAt - 50 }),
    aPhase({ state: "done", ...about, id: `activate ${name}`, task: "activate", after: `stage ${name}`, endedAt }),
  ];
}

function restored(phases: Phase[]): Forecast | undefined {
  const steps = restoredBy(RUN, phases, (system) => (system === "S2" ? [LINE] : []));
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

test("service was restored as the units of a run went live, weighed by their clients, from its start on", () => {
  expect(restored([...unit("A", 5_000), ...unit("B", 2_000, { clients: 8 }), ...unit("C", 3_000)])?.total).toEqual({
    wireBytes: 0,
    curve: [
      [1_000, 0],
      [2_000, 0.8],
      [3_000, 0.9],
      [5_000, 1],
    ],
    ninetyAt: 3_000,
    endsAt: 5_000,
  });
});

test("where a unit was not activated, all of it was never served", () => {
  expect(restored([...unit("A", 5_000), ...unit("B", 2_000, { state: "failed" })])?.total).toEqual({
    wireBytes: 0,
    curve: [
      [1_000, 0],
      [5_000, 0.5],
    ],
  });
});

test("each line has a course of its own, in the hours of its address", () => {
  const found = restored([...unit("A", 5_000), ...unit("B", 2_000, { system: "S2", address: "SEC" })]);
  expect(found).toMatchObject({
    madeAt: 6_000,
    addresses: [{ endsAt: 5_000 }, { address: "SEC", timeZone: "America/Chicago", endsAt: 2_000 }],
  });
});

test("a run that had nothing to stage restored nothing", () => {
  expect(restored([aPhase({ run: RUN.id, task: "verify", state: "done" })])).toBeUndefined();
});
