import { afterEach, beforeEach, expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { ACTIVATED } from "../../../test-support/agent.ts";
import { anOrder } from "../../../test-support/orders.ts";
import { openDatabase, type Database } from "./database.ts";
import { openOrderMemory } from "./order-memory.ts";
import { KEEP_ACKED_MS, KEEP_AT_LEAST, openOutbox } from "./outbox.ts";

let folder: string;
let database: Database;
let now: number;

beforeEach(() => {
  folder = temporaryFolder();
  database = openDatabase(folder);
  now = 1_000_000;
});
afterEach(() => database.close());

function open() {
  const outbox = openOutbox(database, () => now);
  return { outbox, memory: openOrderMemory(database, outbox, () => now) };
}

/** Ends this many orders, one result each. */
function endOrders(count: number, { memory } = open()): void {
  for (let i = 1; i <= count; i++) {
    const order = anOrder({ id: `order-${i}` });
    memory.store(order);
    memory.finish(order, ACTIVATED);
  }
}

function numbersAbove(above: number): number[] {
  const { outbox } = open();
  const numbers: number[] = [];
  for (let result = outbox.next(above); result; result = outbox.next(result.number)) numbers.push(result.number);
  return numbers;
}

test("results are numbered without gaps, also across a restart", () => {
  endOrders(2);
  database.close();
  database = openDatabase(folder);
  const { memory } = open();
  const order = anOrder({ id: "third" });
  memory.store(order);
  expect(memory.finish(order, ACTIVATED)?.number).toBe(3);
  expect(numbersAbove(0)).toEqual([1, 2, 3]);
});

test("a number is never given twice, though the results before it were acknowledged and deleted", () => {
  endOrders(2);
  const { outbox, memory } = open();
  outbox.startAbove(KEEP_AT_LEAST + 2);
  outbox.acknowledge(2);
  now += KEEP_ACKED_MS + 1;
  outbox.acknowledge(2);
  expect(numbersAbove(0)).toEqual([]);
  const order = anOrder({ id: "third" });
  memory.store(order);
  expect(memory.finish(order, ACTIVATED)?.number).toBe(KEEP_AT_LEAST + 3);
});

test("the newest results, and their orders, are kept however far the clock is set", () => {
  endOrders(3);
  const { memory, outbox } = open();
  outbox.startAbove(KEEP_AT_LEAST + 1);
  outbox.acknowledge(3);
  now += 365 * KEEP_ACKED_MS;
  outbox.acknowledge(3);
  expect(numbersAbove(0)).toEqual([2, 3]);
  expect([1, 2, 3].map((number) => memory.find(`order-${number}`)?.state)).toEqual([undefined, "done", "done"]);
});

test("an acknowledged result is kept for 24 hours, and an unacknowledged one indefinitely", () => {
  endOrders(3);
  const { outbox } = open();
  outbox.startAbove(KEEP_AT_LEAST + 3);
  outbox.acknowledge(2);
  now += KEEP_ACKED_MS;
  outbox.acknowledge(2);
  expect(numbersAbove(0)).toEqual([1, 2, 3]);
  now += 1;
  outbox.acknowledge(2);
  expect(numbersAbove(0)).toEqual([3]);
});

test("an acknowledgement lower than an earlier one is detected, once, and keeps those results longer", () => {
  endOrders(3);
  const { outbox } = open();
  outbox.startAbove(KEEP_AT_LEAST + 3);
  expect(outbox.acknowledge(3)).toBe(false);
  expect(outbox.acknowledge(1)).toBe(true);
  expect(outbox.acknowledge(1)).toBe(false);
  now += KEEP_ACKED_MS + 1;
  outbox.acknowledge(1);
  expect(numbersAbove(0)).toEqual([2, 3]);
});

test("an order and its result are stored unchanged", () => {
  const { memory, outbox } = open();
  const order = anOrder({ task: { kind: "remove", owned: [{ path: "ABC00001", kind: "folder", rights: "clients-read" }] } });
  memory.store(order);
  expect(memory.find(order.id)).toEqual({ state: "open", order });
  const result = memory.finish(order, { kind: "removed", files: 5 });
  expect(memory.find(order.id)).toEqual({ state: "done", order, result: 1 });
  expect(outbox.get(1)).toEqual(result);
});

test("a failed order keeps its code, path and the generation it met", () => {
  const { memory, outbox } = open();
  const order = anOrder();
  const outcome = {
    kind: "failed",
    code: "STALE_GENERATION",
    message: "older",
    path: "x",
    retryable: false,
    held: { epoch: 3, counter: 4 },
  } as const;
  memory.store(order);
  memory.finish(order, outcome);
  expect(outbox.get(1)?.outcome).toEqual(outcome);
});

test("the memory of an order is removed with its result", () => {
  endOrders(1);
  const { memory, outbox } = open();
  outbox.startAbove(KEEP_AT_LEAST + 1);
  outbox.acknowledge(1);
  now += KEEP_ACKED_MS + 1;
  outbox.acknowledge(1);
  expect(memory.find("order-1")).toBeUndefined();
  memory.store(anOrder({ id: "later" }));
  expect(database.prepare("SELECT id FROM orders").all()).toEqual([{ id: "later" }]);
});

test("the end of an attempt that a newer one replaced is not recorded", () => {
  const { memory, outbox } = open();
  memory.store(anOrder());
  memory.store(anOrder({ epoch: 2 }));
  expect(memory.finish(anOrder(), ACTIVATED)).toBeUndefined();
  expect(outbox.last()).toBe(0);
  expect(memory.unfinished()).toEqual([anOrder({ epoch: 2 })]);
});

test("a result that cannot be read holds up no other: its order is unfinished again at the next start", () => {
  const { memory } = open();
  const order = anOrder({ id: "odd" });
  memory.store(order);
  memory.finish(order, { kind: "estimated", files: 1, sourceBytes: 1, presentBytes: 1, indexAgeMs: -1 });
  endOrders(2);
  expect(() => numbersAbove(0)).not.toThrow();
  expect(numbersAbove(0)).toEqual([2, 3]);
  expect(open().memory.unfinished()).toEqual([order]);
});

test("an order ends once", () => {
  const { memory } = open();
  memory.store(anOrder());
  expect(memory.finish(anOrder(), ACTIVATED)?.number).toBe(1);
  expect(memory.finish(anOrder(), ACTIVATED)).toBeUndefined();
});

test("when the end of an order cannot be written, neither it nor its result is stored", () => {
  const { memory, outbox } = open();
  memory.store(anOrder());
  database.exec("CREATE TRIGGER refuse BEFORE UPDATE ON orders BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  expect(() => memory.finish(anOrder(), ACTIVATED)).toThrow("disk full");
  expect(outbox.last()).toBe(0);
  expect(outbox.next(0)).toBeUndefined();
  expect(memory.find("run1-1")?.state).toBe("open");
});

test("unfinished orders are returned in order of arrival", () => {
  const { memory } = open();
  for (const id of ["c", "a", "b"]) memory.store(anOrder({ id }));
  expect(memory.unfinished().map(({ id }) => id)).toEqual(["c", "a", "b"]);
});

test("a tombstone covers its epoch and those before it, and is never lowered", () => {
  const { memory } = open();
  memory.bury("x", 3);
  memory.bury("x", 1);
  expect([2, 3, 4].map((epoch) => memory.isBuried("x", epoch))).toEqual([true, true, false]);
  expect(memory.isBuried("y", 1)).toBe(false);
});

test("the newest tombstones are kept however far the clock is set", () => {
  const { memory } = open();
  for (let number = 0; number <= KEEP_AT_LEAST; number++) memory.bury(`order-${number}`, 1);
  now += 365 * KEEP_ACKED_MS;
  memory.bury("last", 1);
  expect([0, 1, 2, KEEP_AT_LEAST].map((number) => memory.isBuried(`order-${number}`, 1))).toEqual([false, false, true, true]);
});
