import type { Order } from "@sitewright/protocol";

/** An order to activate a package; what matters to a test is overridden. */
export function anOrder(overrides: Partial<Order> = {}): Order {
  return {
    kind: "order",
    id: "run1-1",
    epoch: 1,
    unit: { role: "dp", name: "ABC00001" },
    generation: { epoch: 1, counter: 1000 },
    task: { kind: "activate", graceMs: 600_000 },
    ...overrides,
  };
}
