/** What work in steps took of the processor. */
export interface Taken<Value> {
  value: Value;
  /** ms. */
  total: number;
  /** Longest step: for so long nothing else is done, ms. */
  longest: number;
}

/**
 * Processor time of this thread and not of the clock: what else runs on the machine does not count. Collecting garbage in this thread
 * does. Between two steps the event loop turns, as in the coordinator.
 */
export async function measureSteps<Value>(steps: Generator<void, Value>): Promise<Taken<Value>> {
  let total = 0;
  let longest = 0;
  for (;;) {
    const before = process.threadCpuUsage();
    const step = steps.next();
    const { user, system } = process.threadCpuUsage(before);
    const ms = (user + system) / 1000;
    total += ms;
    longest = Math.max(longest, ms);
    if (step.done) return { value: step.value, total, longest };
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The exponent e of `y = a * x ** e` that fits some points best (least squares of the logarithms). */
export function fittedExponent(points: readonly { x: number; y: number }[]): number {
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const mean = (of: "x" | "y"): number => logs.reduce((sum, point) => sum + point[of], 0) / logs.length;
  const [x, y] = [mean("x"), mean("y")];
  const covariance = logs.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0);
  return covariance / logs.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
}
