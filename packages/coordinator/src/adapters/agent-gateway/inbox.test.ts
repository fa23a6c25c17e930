import { expect, onTestFinished, test, vi } from "vitest";
import type { WebSocket } from "ws";
import { createInbox } from "./inbox.ts";

test("a coordinator that stood still for an hour at a message of an agent reads the next one a second later", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const read: number[] = [];
  const inbox = createInbox(
    { isPaused: false } as WebSocket,
    async ([message = 0]) => {
      if (read.length === 0) vi.advanceTimersByTime(3_600_000);
      read.push(message);
    },
    (error) => expect.unreachable(String(error)),
  );
  for (const message of [1, 2]) inbox.push(Uint8Array.of(message));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(read).toEqual([1, 2]);
});
