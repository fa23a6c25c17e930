import { expect, onTestFinished, test, vi } from "vitest";
import { sizeHeap } from "./heap-size.ts";

const SMALL = ["--optimize-for-size", "--semi-space-growth-factor=1"];
const FAST = ["--no-optimize-for-size", "--semi-space-growth-factor=2"];

/** The flags that V8 gets from the start, and then while parts of some seconds are spent on garbage and on anything. */
function followed(): { atStart: readonly string[]; during(seconds: number, garbage: number, busy?: number): string[]; stop(): void } {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const flags: string[] = [];
  let busy = 0;
  let tell: ((ms: number) => void) | undefined;
  const stop = sizeHeap({
    set: (flag) => flags.push(flag),
    utilization: () => ({ idle: 0, active: 0, utilization: busy }),
    onCollected(to) {
      tell = to;
      return () => (tell = undefined);
    },
  });
  const atStart = flags.splice(0);
  return {
    atStart,
    during(seconds, garbage, part = garbage) {
      busy = part;
      for (let ms = 0; ms < seconds * 1_000; ms += 50) {
        tell?.(50 * garbage);
        vi.advanceTimersByTime(50);
      }
      return flags.splice(0);
    },
    stop,
  };
}

test("the heap is kept small, but not from a quarter of a second on of which collecting garbage took a quarter", () => {
  const { atStart, during, stop } = followed();
  expect(atStart).toEqual(SMALL);
  expect(during(60, 0.2, 1)).toEqual([]);
  expect(during(0.25, 0.3)).toEqual(FAST);
  expect(during(60, 0.1, 0.8)).toEqual([]);
  stop();
  expect(during(60, 0)).toEqual([]);
});

test("the heap is kept small again after five seconds in which the main thread was calm throughout", () => {
  const { during } = followed();
  expect(during(1, 0.5)).toEqual(FAST);
  expect(during(4.5, 0)).toEqual([]);
  expect(during(0.25, 0, 1)).toEqual([]);
  expect(during(4.5, 0)).toEqual([]);
  expect(during(0.5, 0)).toEqual(SMALL);
});
