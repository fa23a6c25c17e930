/** Runs through long work that yields now and then, and gives way to others whenever it does. @returns What it made, and how long it worked, ms. */
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
