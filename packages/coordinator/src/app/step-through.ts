/** When each work under way began, ms of the process's own clock. */
const underWay = new Set<{ began: number }>();

/** How long the longest work under way has lasted, ms; 0: there is none. */
export function steppingFor(): number {
  return Math.max(0, ...underWay.values().map(({ began }) => performance.now() - began));
}

/** Runs long work that yields periodically, and lets the event loop turn at each yield. @returns Its result and the CPU time that it took, ms. */
export async function stepThrough<Value>(steps: Generator<void, Value>): Promise<{ value: Value; workMs: number }> {
  const work = { began: performance.now() };
  underWay.add(work);
  try {
    let workMs = 0;
    for (;;) {
      const began = performance.now();
      const step = steps.next();
      workMs += performance.now() - began;
      if (step.done) return { value: step.value, workMs };
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    underWay.delete(work);
  }
}
