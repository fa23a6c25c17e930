import { performance, type EventLoopUtilization } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";

/** Part of the time for which the main thread has to be busy: from then on the time for collecting garbage counts, not the memory it takes. */
const BUSY = 0.5;
/** Looks in a row that have to find it otherwise before memory counts again. */
const CALM_LOOKS = 20;
/** Between two looks, ms. */
const LOOK_MS = 250;

/** Flags of V8. */
const HEAPS = {
  small: ["--optimize-for-size", "--semi-space-growth-factor=1"],
  fast: ["--no-optimize-for-size", "--semi-space-growth-factor=2"],
} as const;

/** What V8 and the clock are to it; other ones in tests. */
export interface Process {
  /** Gives V8 a flag. */
  set(flag: string): void;
  /** Since an earlier one, or since the start. */
  utilization(since?: EventLoopUtilization): EventLoopUtilization;
}

const THIS_PROCESS: Process = { set: setFlagsFromString, utilization: (since) => performance.eventLoopUtilization(since) };

/**
 * Keeps the heap small, but while the main thread is busy. By default V8 keeps tens of megabytes of garbage per thread, and doubles the young
 * generation; content that is sent and hashed is not made of objects. Orders, inventories, plans and forecasts are: half of the processor time
 * of many orders, and two thirds of that of many inventories, was collecting garbage for the sake of memory.
 * @returns Ends it.
 */
export function sizeHeap({ set, utilization }: Process = THIS_PROCESS): () => void {
  let heap: keyof typeof HEAPS = "small";
  let before = utilization();
  let calm = 0;
  HEAPS.small.forEach((flag) => set(flag));
  const timer = setInterval(() => {
    calm = utilization(before).utilization >= BUSY ? 0 : calm + 1;
    before = utilization();
    const due = calm === 0 ? "fast" : calm >= CALM_LOOKS ? "small" : heap;
    if (due !== heap) HEAPS[due].forEach((flag) => set(flag));
    heap = due;
  }, LOOK_MS).unref();
  return () => clearInterval(timer);
}
