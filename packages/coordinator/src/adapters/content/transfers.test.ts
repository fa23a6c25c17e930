import { expect, test } from "vitest";
import { createTransfers } from "./transfers.ts";

const never = new AbortController().signal;

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  return (await Promise.race([promise.then(() => "done"), new Promise((resolve) => setTimeout(resolve, 5, "pending"))])) === "pending";
}

test("a stream waits once its window is under way, and goes on when the agent has taken some", async () => {
  const transfers = createTransfers();
  const transfer = transfers.open(1, "order-1");
  transfer.sent(100);
  const room = transfer.room(100, never);
  expect(await isPending(room)).toBe(true);
  transfers.consumed(1, 1);
  await room;
});

test("all streams of an order share its window, those of another do not", async () => {
  const transfers = createTransfers();
  const [one, two, other] = [transfers.open(1, "order-1"), transfers.open(2, "order-1"), transfers.open(3, "order-2")];
  one.sent(100);
  expect(two.hasRoom(100, 0)).toBe(false);
  expect(other.hasRoom(100, 0)).toBe(true);
  const room = two.room(100, never);
  one.close();
  await room;
});

test("credit that goes back, exceeds what was sent, or is for a stream that has ended changes nothing", () => {
  const transfers = createTransfers();
  const transfer = transfers.open(1, "order-1");
  transfer.sent(100);
  transfers.consumed(1, 1_000_000);
  transfers.consumed(1, 0);
  transfers.consumed(9, 50);
  transfer.sent(99);
  expect(transfer.hasRoom(100, 0)).toBe(true);
  expect(transfer.hasRoom(100, 1)).toBe(false);
});

test("a number in use is refused, and so is one stream too many", () => {
  const transfers = createTransfers();
  transfers.open(0, "order-1");
  expect(() => transfers.open(0, "order-1")).toThrow(expect.objectContaining({ code: "CONFLICT" }));
  for (let number = 1; number < 32; number++) transfers.open(number, "order-1");
  expect(() => transfers.open(32, "order-1")).toThrow(expect.objectContaining({ code: "TOO_MANY_REQUESTS" }));
});

test("a stream that waits for credit ends with its signal", async () => {
  const gone = new AbortController();
  const transfer = createTransfers().open(1, "order-1");
  transfer.sent(10);
  const room = transfer.room(10, gone.signal);
  gone.abort(new Error("gone"));
  await expect(room).rejects.toThrow("gone");
});
