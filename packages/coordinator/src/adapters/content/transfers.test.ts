import { expect, test } from "vitest";
import { createTransfers } from "./transfers.ts";

const never = new AbortController().signal;
const stays = (): void => {
  throw new Error("no stream of this test gives way");
};

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  return (await Promise.race([promise.then(() => "done"), new Promise((resolve) => setTimeout(resolve, 5, "pending"))])) === "pending";
}

test("a stream waits once its window is under way, and goes on when the agent has taken some", async () => {
  const transfer = createTransfers().open("order-1", stays);
  transfer.sent(100);
  const room = transfer.room(100, never);
  expect(await isPending(room)).toBe(true);
  transfer.consumed(1);
  await room;
  expect(transfer.underWay()).toBe(99);
});

test("all streams of an order share its window, those of another do not", async () => {
  const transfers = createTransfers();
  const [one, two, other] = [transfers.open("order-1", stays), transfers.open("order-1", stays), transfers.open("order-2", stays)];
  one.sent(100);
  expect(two.hasRoom(100, 0)).toBe(false);
  expect(other.hasRoom(100, 0)).toBe(true);
  const room = two.room(100, never);
  one.close();
  await room;
});

test("credit that goes back or exceeds what was sent changes nothing, nor does the end twice", () => {
  const transfers = createTransfers();
  const [transfer, ended] = [transfers.open("order-1", stays), transfers.open("order-1", stays)];
  ended.sent(50);
  ended.close();
  ended.close();
  transfer.sent(100);
  transfer.consumed(1_000_000);
  transfer.consumed(0);
  transfer.sent(99);
  expect(transfer.hasRoom(100, 0)).toBe(true);
  expect(transfer.hasRoom(100, 1)).toBe(false);
});

test("the ninth stream of an order is refused, and so is the sixty-fifth of an agent", () => {
  const transfers = createTransfers();
  const first = transfers.open("order-0", stays);
  for (let i = 1; i < 64; i++) transfers.open(`order-${Math.floor(i / 8)}`, stays);
  const refused = expect.objectContaining({ code: "TOO_MANY_REQUESTS" }) as Error;
  expect(() => transfers.open("order-8", stays)).toThrow(refused);
  first.close();
  expect(() => transfers.open("order-1", stays)).toThrow(refused);
  transfers.open("order-0", stays);
});

test("a ninth stream takes the place of the one on which nothing was heard for 10 s, and of what that had under way", () => {
  let now = 0;
  const transfers = createTransfers(() => now);
  const ended: [number, string][] = [];
  const streams = Array.from({ length: 8 }, (_, i) => transfers.open("order-1", ({ code }) => ended.push([i, code])));
  streams[5]?.sent(1000);
  now = 9_999;
  for (const [i, stream] of streams.entries()) if (i !== 5) stream.consumed(0);
  expect(() => transfers.open("order-1", stays)).toThrow("8 streams");
  now = 10_000;
  const ninth = transfers.open("order-1", stays);
  expect(ended).toEqual([[5, "CONTENT_UNAVAILABLE"]]);
  expect(ninth.hasRoom(1000, 0)).toBe(true);
  expect(() => transfers.open("order-1", stays)).toThrow("8 streams");
});

test("a stream that waits for credit ends with its signal", async () => {
  const gone = new AbortController();
  const transfer = createTransfers().open("order-1", stays);
  transfer.sent(10);
  const room = transfer.room(10, gone.signal);
  gone.abort(new Error("gone"));
  await expect(room).rejects.toThrow("gone");
});
