import { expect, onTestFinished, test, vi } from "vitest";
import { sizeHeap } from "./heap-size.ts";

test("the heap is kept small, but not while many orders are under way", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const flags: string[] = [];
  let orders = 0;
  const heap = sizeHeap((flag) => flags.push(flag));
  heap.follow(() => orders);
  expect(flags).toEqual(["--optimize-for-size", "--semi-space-growth-factor=1"]);
  const after = (count: number): string[] => {
    flags.length = 0;
    orders = count;
    vi.advanceTimersByTime(3_000);
    return [...flags];
  };
  expect(after(31)).toEqual([]);
  expect(after(32)).toEqual(["--no-optimize-for-size"]);
  expect(after(200)).toEqual([]);
  expect(after(3)).toEqual(["--optimize-for-size"]);
  heap.stop();
  expect(after(200)).toEqual([]);
});
