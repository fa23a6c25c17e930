import { expect, onTestFinished, test, vi } from "vitest";
import { createTransfers, type Transfer } from "./transfers.ts";

const never = new AbortController().signal;

function send(transfer: Transfer, bytes: number): void {
  transfer.begun(bytes);
  transfer.left(bytes);
}

const any = (window: number) => () => ({ window, least: 1 });

/** Begins one frame of this size. */
const begin = (transfer: Transfer, bytes: number, window: () => number = () => 100): Promise<number> =>
  transfer.begin(
    bytes,
    () => ({ window: window(), least: 1 }),
    () => bytes,
    never,
  );

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  return (await Promise.race([promise.then(() => "done"), new Promise((resolve) => setTimeout(resolve, 5, "pending"))])) === "pending";
}

test("a stream waits once its window is in transit, and continues when the agent has received some", async () => {
  const transfer = createTransfers().open("order-1");
  send(transfer, 100);
  const next = begin(transfer, 30);
  expect(await isPending(next)).toBe(true);
  transfer.consumed(1);
  expect(await next).toBe(30);
  expect(transfer.underWay()).toBe(129);
});

test("all streams of an order share its window, those of another order do not", async () => {
  const transfers = createTransfers();
  const [one, two, other] = [transfers.open("order-1"), transfers.open("order-1"), transfers.open("order-2")];
  send(one, 100);
  await begin(other, 1);
  const next = begin(two, 1);
  expect(await isPending(next)).toBe(true);
  one.consumed(1);
  await next;
});

test("bytes in transit on a broken stream count for a second more, because its siblings may be broken too", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const transfers = createTransfers();
  const [one, two] = [transfers.open("order-1"), transfers.open("order-1")];
  send(one, 100);
  let isBegun = false;
  void begin(two, 1).then(() => (isBegun = true));
  one.close();
  await vi.advanceTimersByTimeAsync(999);
  expect(isBegun).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(isBegun).toBe(true);
});

test("of several streams that wait for the same room only the first begins", async () => {
  const transfers = createTransfers();
  const streams = [transfers.open("order-1"), transfers.open("order-1"), transfers.open("order-1")] as const;
  send(streams[0], 100);
  const waiting = streams.map((stream) => begin(stream, 50));
  streams[0].consumed(40);
  await waiting[0];
  expect(await Promise.all(waiting.slice(1).map(isPending))).toEqual([true, true]);
});

test("credit that decreases or exceeds what was sent changes nothing, nor does a second end", async () => {
  const transfers = createTransfers();
  const [transfer, ended] = [transfers.open("order-1"), transfers.open("order-1")];
  send(ended, 50);
  ended.close();
  ended.close();
  send(transfer, 100);
  transfer.consumed(1_000_000);
  transfer.consumed(0);
  send(transfer, 99);
  let told = 0;
  await transfer.begin(100, any(100), (room) => (told = room), never);
  expect(told).toBe(1);
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
  const next = transfer.begin(1, any(10), () => 1, gone.signal);
  gone.abort(new Error("gone"));
  await expect(next).rejects.toThrow("gone");
});

test("a waiting stream uses the current window, not the one at which it began to wait", async () => {
  const transfer = createTransfers().open("order-1");
  let window = 100;
  send(transfer, 150);
  const next = begin(transfer, 1, () => window);
  transfer.consumed(10);
  expect(await isPending(next)).toBe(true);
  window = 1000;
  transfer.consumed(11);
  await next;
});

test("a frame larger than the window waits in the middle for bytes that were sent, not for bytes that only began", async () => {
  const transfers = createTransfers();
  const transfer = transfers.open("order-1");
  transfer.begun(500);
  const leave = () => transfer.leave(500, any(100), never);
  expect(await leave()).toBe(100);
  transfer.left(100);
  const next = leave();
  expect(await isPending(next)).toBe(true);
  expect(transfers.state()).toEqual({ taken: 0, out: 100, isHeld: true, isBusy: false });
  transfer.consumed(40);
  expect(await next).toBe(40);
  expect(transfers.state()).toEqual({ taken: 40, out: 60, isHeld: false, isBusy: false });
});

test("permission to send is kept for its stream until it is used or the stream has ended", async () => {
  const transfers = createTransfers();
  const [one, two] = [transfers.open("order-1"), transfers.open("order-1")];
  for (const stream of [one, two]) stream.begun(500);
  const leave = (transfer: Transfer) => transfer.leave(500, any(100), never);
  expect(await leave(one)).toBe(100);
  const second = leave(two);
  expect(await isPending(second)).toBe(true);
  expect(transfers.state().isHeld).toBe(false);
  one.left(30);
  expect(await second).toBe(70);
  const first = leave(one);
  expect(await isPending(first)).toBe(true);
  two.close();
  expect(await first).toBe(70);
});

test("where large pieces are wanted a stream waits for room for one, or for all that it has left", async () => {
  const transfers = createTransfers();
  const transfer = transfers.open("order-1");
  const pieces = () => ({ window: 100, least: 25 });
  send(transfer, 90);
  const next = transfer.begin(60, pieces, (room) => room, never);
  transfer.consumed(14);
  expect(await isPending(next)).toBe(true);
  transfer.consumed(15);
  expect(await next).toBe(25);
  const last = transfer.leave(25, pieces, never);
  expect(await last).toBe(25);
  transfer.left(25);
  transfer.begun(3);
  const rest = transfer.leave(3, pieces, never);
  expect(await isPending(rest)).toBe(true);
  transfer.consumed(18);
  expect(await rest).toBe(3);
});
