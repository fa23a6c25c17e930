import type { AgentMessage } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { createSender } from "./coordinator-link.ts";

const accepted = (orderId: string): AgentMessage => ({ kind: "accepted", orderId, epoch: 1 });
const progress = (orderId: string, fetchedBytes: number): AgentMessage => ({
  kind: "progress",
  orderId,
  step: "fetching",
  files: 0,
  reusedBytes: 0,
  fetchedBytes,
  retriedBytes: 0,
});

/** A socket that accepts one message at a time, on command. */
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

test("a message is written after the socket accepted the previous one", async () => {
  const socket = slowSocket();
  const sender = createSender((message) => socket.write(message));
  void sender.send(accepted("a"));
  void sender.send(accepted("b"));
  expect(socket.written).toEqual([accepted("a")]);
  await socket.takeAll();
  expect(socket.written).toEqual([accepted("a"), accepted("b")]);
});

test("waiting progress is replaced by newer progress of the same order, so that the queue stays short", async () => {
  const socket = slowSocket();
  const sender = createSender((message) => socket.write(message));
  void sender.send(accepted("a"));
  for (let fetched = 1; fetched <= 1000; fetched++) void sender.send(progress("a", fetched));
  void sender.send(progress("b", 5));
  await socket.takeAll();
  expect(socket.written).toEqual([accepted("a"), progress("a", 1000), progress("b", 5)]);
});

test("sending reports whether the message was written", async () => {
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

test("what waits when the sender stops is not written", async () => {
  const socket = slowSocket();
  const sender = createSender((message) => socket.write(message));
  void sender.send(accepted("a"));
  const waiting = sender.send(accepted("b"));
  sender.stop();
  expect(await waiting).toBe(false);
});
