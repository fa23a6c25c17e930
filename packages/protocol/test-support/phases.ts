import type { Phase } from "../src/api/runs/phases.ts";

/** A phase of which only the relevant fields are given. */
export function aPhase(overrides: Partial<Phase> = {}): Phase {
  return {
    id: "order-1",
    run: "run-1",
    number: 0,
    system: "SRV1",
    site: "ABC",
    unit: { role: "dp", name: "ABC00001" },
    task: "stage",
    state: "running",
    priority: "high",
    generation: { epoch: 1, counter: 1 },
    manifestBytes: 1,
    sourceVersion: 0,
    files: 1,
    sourceBytes: 1,
    packedBytes: 1,
    epoch: 1,
    wireBytes: 0,
    ...overrides,
  };
}
