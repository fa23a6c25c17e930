import type { AgentMessage } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { createSender } from "./sender.ts";

const accepted = (orderId: string): AgentMessage => ({ kind: "accepted", orderId, epoch: 1 });
const credit = (transfer: number, consumed: number): AgentMessage => ({ kind: "credit", transfer, consumed });

/** A socket that takes one message at a time, when told to. */
function slowSocket() {
  const written: AgentMessage[] = [];
  let take: PromiseWithResolvers<void> | undefined;
  return {
    written,
    write(message: AgentMessage) {
      written.push(message);
      take = Promise.withResolvers();
      return take.promise;
    },
    async takeAll() {
      for (let before = -1; before !== written.length;) {
        before = written.length;
        take?.resolve();
        await new Promise(setImmediate);
      }
    },
    refuse: () => take?.reject(new Error("gone")),
  };
}

test("a message is written after the socket took the one before", async () => {
  const socket = slowSocket();
  const sender = createSender((message) => socket.write(message));
  void sender.send(accepted("a"));
  void sender.send(accepted("b"));
  expect(socket.written).toEqual([accepted("a")]);
  await socket.takeAll();
  expect(socket.written).toEqual([accepted("a"), accepted("b")]);
});

test("credit that still waits is replaced by newer credit of the same stream, so that the queue stays short", async () => {
  const socket = slowSocket();
  const sender = createSender((message) => socket.write(message));
  void sender.send(accepted("a"));
  for (let consumed = 1; consumed <= 1000; consumed++) void sender.send(credit(1, consumed));
  void sender.send(credit(2, 5));
  await socket.takeAll();
  expect(socket.written).toEqual([accepted("a"), credit(1, 1000), credit(2, 5)]);
});

test("sending tells whether the message was handed over", async () => {
  const socket = slowSocket();
  const sender = createSender((message) => socket.write(message));
  const first = sender.send(accepted("a"));
  const second = sender.send(accepted("b"));
  socket.refuse();
  expect(await first).toBe(false);
  sender.stop();
  await socket.takeAll();
  expect(await second).toBe(true);
  expect(await sender.send(accepted("c"))).toBe(false);
});

test("what waits when the sender stops was not handed over", async () => {
  const socket = slowSocket();
  const sender = createSender((message) => socket.write(message));
  void sender.send(accepted("a"));
  const waiting = sender.send(accepted("b"));
  sender.stop();
  expect(await waiting).toBe(false);
});
