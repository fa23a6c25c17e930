import { expect, onTestFinished, test, vi } from "vitest";
import { sizeHeap } from "./heap-size.ts";

/** The flags that V8 gets from the start, and then in the three seconds after the load became another. */
function followed(): {
  atStart: readonly string[];
  after(load: { orders?: number; came?: number; stepping?: number }): string[];
  stop(): void;
} {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const flags: string[] = [];
  let [orders, came, stepping] = [0, 7_000, 0];
  const heap = sizeHeap((flag) => flags.push(flag));
  heap.follow({ ordersUnderWay: () => orders, agentsCame: () => came, steppingFor: () => stepping });
  const atStart = flags.splice(0);
  return {
    atStart,
    after(load) {
      orders = load.orders ?? orders;
      came += load.came ?? 0;
      stepping = load.stepping ?? stepping;
      vi.advanceTimersByTime(3_000);
      return flags.splice(0);
    },
    stop: heap.stop,
  };
}

const SMALL = ["--optimize-for-size", "--semi-space-growth-factor=1"];
const FAST = ["--no-optimize-for-size", "--semi-space-growth-factor=2"];

test("the heap is kept small, but not while many orders are under way", () => {
  const { atStart, after, stop } = followed();
  expect(atStart).toEqual(SMALL);
  expect(after({ orders: 31 })).toEqual([]);
  expect(after({ orders: 32 })).toEqual(FAST);
  expect(after({ orders: 200 })).toEqual([]);
  expect(after({ orders: 3 })).toEqual(SMALL);
  stop();
  expect(after({ orders: 200 })).toEqual([]);
});

test("the heap is not kept small while many agents connect, and is again once they have", () => {
  const { after } = followed();
  expect(after({ came: 31 })).toEqual([]);
  expect(after({ came: 32 })).toEqual([...FAST, ...SMALL]);
  expect(after({ came: 500 })).toEqual(FAST);
  expect(after({})).toEqual(SMALL);
});

test("the heap is not kept small while a plan or a forecast takes long", () => {
  const { after } = followed();
  expect(after({ stepping: 90 })).toEqual([]);
  expect(after({ stepping: 400 })).toEqual(FAST);
  expect(after({ stepping: 0 })).toEqual(SMALL);
});
