import type { CountedPhase } from "../src/runs/totals.ts";

/** A phase with only what matters said. */
export function aPhase(overrides: Partial<CountedPhase> = {}): CountedPhase {
  return {
    id: "order-1",
    system: "SRV1",
    unit: { role: "dp", name: "ABC00001" },
    task: "stage",
    state: "running",
    files: 1,
    sourceBytes: 1,
    wireBytes: 0,
    ...overrides,
  };
}
