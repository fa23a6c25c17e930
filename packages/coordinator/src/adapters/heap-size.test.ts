import { expect, onTestFinished, test, vi } from "vitest";
import { sizeHeap } from "./heap-size.ts";

const SMALL = ["--optimize-for-size", "--semi-space-growth-factor=1"];
const FAST = ["--no-optimize-for-size", "--semi-space-growth-factor=2"];

/** The flags that V8 gets from the start, and then while the main thread is busy for a part of some seconds. */
function followed(): { atStart: readonly string[]; during(seconds: number, busy: number): string[]; stop(): void } {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const flags: string[] = [];
  let busy = 0;
  const stop = sizeHeap({ set: (flag) => flags.push(flag), utilization: () => ({ idle: 0, active: 0, utilization: busy }) });
  const atStart = flags.splice(0);
  return {
    atStart,
    during(seconds, part) {
      busy = part;
      vi.advanceTimersByTime(seconds * 1_000);
      return flags.splice(0);
    },
    stop,
  };
}

test("the heap is kept small, but not from a quarter of a second on in which the main thread was busy", () => {
  const { atStart, during, stop } = followed();
  expect(atStart).toEqual(SMALL);
  expect(during(60, 0.4)).toEqual([]);
  expect(during(0.25, 0.6)).toEqual(FAST);
  expect(during(60, 1)).toEqual([]);
  stop();
  expect(during(60, 0)).toEqual([]);
});

test("the heap is kept small again after five seconds that were calm throughout", () => {
  const { during } = followed();
  expect(during(1, 1)).toEqual(FAST);
  expect(during(4.5, 0)).toEqual([]);
  expect(during(0.25, 1)).toEqual([]);
  expect(during(4.5, 0)).toEqual([]);
  expect(during(0.5, 0)).toEqual(SMALL);
});
