import { expect, test } from "vitest";
import { createTransfers, type Transfer } from "./transfers.ts";

const never = new AbortController().signal;

function send(transfer: Transfer, bytes: number): void {
  transfer.begun(bytes);
  transfer.left(bytes);
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  return (await Promise.race([promise.then(() => "done"), new Promise((resolve) => setTimeout(resolve, 5, "pending"))])) === "pending";
}

test("a stream waits once its window is under way, and goes on when the agent has taken some", async () => {
  const transfer = createTransfers().open("order-1");
  send(transfer, 100);
  const room = transfer.room(() => 100, never);
  expect(await isPending(room)).toBe(true);
  transfer.consumed(1);
  await room;
  expect(transfer.underWay()).toBe(99);
});

test("all streams of an order share its window, those of another do not", async () => {
  const transfers = createTransfers();
  const [one, two, other] = [transfers.open("order-1"), transfers.open("order-1"), transfers.open("order-2")];
  send(one, 100);
  expect(two.hasRoom(100, 0)).toBe(false);
  expect(other.hasRoom(100, 0)).toBe(true);
  const room = two.room(() => 100, never);
  one.close();
  await room;
});

test("credit that goes back or exceeds what was sent changes nothing, nor does the end twice", () => {
  const transfers = createTransfers();
  const [transfer, ended] = [transfers.open("order-1"), transfers.open("order-1")];
  send(ended, 50);
  ended.close();
  ended.close();
  send(transfer, 100);
  transfer.consumed(1_000_000);
  transfer.consumed(0);
  send(transfer, 99);
  expect(transfer.hasRoom(100, 0)).toBe(true);
  expect(transfer.hasRoom(100, 1)).toBe(false);
});

test("the ninth stream of an order is refused, and so is the sixty-fifth of an agent", () => {
  const transfers = createTransfers();
  const first = transfers.open("order-0");
  for (let i = 1; i < 64; i++) transfers.open(`order-${Math.floor(i / 8)}`);
  const refused = expect.objectContaining({ code: "TOO_MANY_REQUESTS" }) as Error;
  expect(() => transfers.open("order-8")).toThrow(refused);
  first.close();
  expect(() => transfers.open("order-1")).toThrow(refused);
  transfers.open("order-0");
});

test("a stream that waits for credit ends with its signal", async () => {
  const gone = new AbortController();
  const transfer = createTransfers().open("order-1");
  send(transfer, 10);
  const room = transfer.room(() => 10, gone.signal);
  gone.abort(new Error("gone"));
  await expect(room).rejects.toThrow("gone");
});

test("a stream that waits goes by the window of the moment, not by the one it began to wait with", async () => {
  const transfer = createTransfers().open("order-1");
  let window = 100;
  send(transfer, 150);
  const room = transfer.room(() => window, never);
  transfer.consumed(10);
  expect(await isPending(room)).toBe(true);
  window = 1000;
  transfer.consumed(11);
  await room;
});

test("a frame larger than the window waits in the middle for what has left, not for what has only begun", async () => {
  const transfers = createTransfers();
  const transfer = transfers.open("order-1");
  transfer.begun(500);
  await transfer.drained(() => 100, never);
  transfer.left(100);
  const drained = transfer.drained(() => 100, never);
  expect(await isPending(drained)).toBe(true);
  expect(transfers.state()).toEqual({ taken: 0, out: 100, isHeld: true, isBusy: false });
  transfer.consumed(40);
  await drained;
  expect(transfers.state()).toEqual({ taken: 40, out: 60, isHeld: false, isBusy: false });
});
