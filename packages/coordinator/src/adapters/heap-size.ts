import { performance, PerformanceObserver, type EventLoopUtilization } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";

/** Part of the time that collecting garbage takes: from then on that time counts, and not the memory. */
const MUCH = 0.25;
/** Part of the time for which the main thread is busy: below it memory counts again, after so many looks in a row. */
const BUSY = 0.5;
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
  /** Tells how long each collection in this thread took, ms. @returns Ends it. */
  onCollected(tell: (ms: number) => void): () => void;
}

const THIS_PROCESS: Process = {
  set: setFlagsFromString,
  utilization: (since) => performance.eventLoopUtilization(since),
  onCollected(tell) {
    const observer = new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => tell(duration)));
    observer.observe({ entryTypes: ["gc"] });
    return () => observer.disconnect();
  },
};

/**
 * Keeps the heap small until that takes much time, and again once the main thread is calm. By default V8 keeps tens of megabytes of garbage
 * per thread, and doubles the young generation; content that is sent and hashed is not made of objects. Orders, inventories, plans and forecasts
 * are: half of the processor time of many orders, and two thirds of that of many inventories, was collecting garbage for the sake of memory.
 * @returns Ends it.
 */
export function sizeHeap({ set, utilization, onCollected }: Process = THIS_PROCESS): () => void {
  let heap: keyof typeof HEAPS = "small";
  let before = utilization();
  let collecting = 0;
  let calm = 0;
  HEAPS.small.forEach((flag) => set(flag));
  const stopTelling = onCollected((ms) => void (collecting += ms));
  const timer = setInterval(() => {
    calm = utilization(before).utilization >= BUSY ? 0 : calm + 1;
    const due = collecting >= LOOK_MS * MUCH ? "fast" : calm >= CALM_LOOKS ? "small" : heap;
    if (due !== heap) HEAPS[due].forEach((flag) => set(flag));
    heap = due;
    before = utilization();
    collecting = 0;
  }, LOOK_MS).unref();
  return () => {
    clearInterval(timer);
    stopTelling();
  };
}
