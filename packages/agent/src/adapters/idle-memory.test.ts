import type { Order, Outcome } from "@sitewright/protocol";
import { expect, test } from "vitest";
import type { OrderContext } from "../app/ports/content.ts";
import { releaseMemory, releaseWhenIdle } from "./idle-memory.ts";

const ORDER = {} as Order;
const CONTEXT = {} as OrderContext;
const DONE: Outcome = { kind: "removed", files: 0 };

/** Orders that end when the test says so, and how often memory was released. */
function held() {
  const ends: (() => void)[] = [];
  let released = 0;
  const executor = releaseWhenIdle(
    { execute: () => new Promise((resolve) => ends.push(() => resolve(DONE))) },
    [1, 2],
    () => (released += 1),
  );
  return { execute: () => executor.execute(ORDER, CONTEXT), ends, released: () => released };
}

test("memory is released after the start, and after each time of work", async () => {
  const { execute, ends, released } = held();
  await expect.poll(released).toBe(2);
  const order = execute();
  ends[0]?.();
  expect(await order).toEqual(DONE);
  await expect.poll(released).toBe(4);
});

test("no memory is released while an order is carried out", async () => {
  const { execute, ends, released } = held();
  const [first, second] = [execute(), execute()];
  ends[0]?.();
  await first;
  const { released: releasedElsewhere } = held();
  await expect.poll(releasedElsewhere).toBe(2);
  expect(released()).toBe(0);
  ends[1]?.();
  await second;
  await expect.poll(released).toBe(2);
});

test("releasing gives back what is garbage", () => {
  let garbage: unknown[] = Array.from({ length: 500_000 }, (_, i) => ({ i }));
  const before = process.memoryUsage().heapTotal;
  garbage = garbage.slice(0, 1);
  releaseMemory();
  expect(process.memoryUsage().heapTotal).toBeLessThan(before - 8 * 1024 * 1024);
  expect(garbage).toHaveLength(1);
});
