/** Runs long work that yields periodically, and lets the event loop turn at each yield. @returns Its result and the CPU time that it took, ms. */
export async function stepThrough<Value>(steps: Generator<void, Value>): Promise<{ value: Value; workMs: number }> {
  let workMs = 0;
  for (;;) {
    const began = performance.now();
    const step = steps.next();
    workMs += performance.now() - began;
    if (step.done) return { value: step.value, workMs };
    await new Promise((resolve) => setImmediate(resolve));
  }
}
