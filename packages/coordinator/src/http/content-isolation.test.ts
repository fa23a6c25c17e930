import { expect, test, vi } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { aPhase } from "../../test-support/fakes.ts";
import { serveUnit } from "../../test-support/served-unit.ts";

/** The bytes that may be in transit to an order, and a frame that began before that limit was reached. */
const MOST_UNDER_WAY = 1024 * 1024 + 512 * 1024;

test("an agent that accepts and never reads is sent no more than its window, and another one gets everything meanwhile", async () => {
  await using unit = await serveUnit({ "a.bin": noise(6_000_000, 1) });
  const everything: [number, number][] = [[0, unit.chunks.length - 1]];
  unit.orders.set("order-2", aPhase({ id: "order-2", system: "SRV2", manifest: unit.manifest }));
  const [silent, living] = [await unit.connect("SRV1"), await unit.connect("SRV2")];
  for (let i = 0; i < 8; i++) {
    const stream = await unit.open(silent.token, { generous: false });
    stream.socket.pause();
    stream.ask(everything);
  }
  await vi.waitFor(() => expect(unit.sentBytes()).toBeGreaterThan(512 * 1024), 20_000);
  const stream = await unit.open(living.token, { order: "order-2" });
  stream.ask(everything);
  await vi.waitFor(() => expect(stream.frames.reduce((sum, { count }) => sum + count, 0)).toBe(unit.chunks.length), 20_000);
  expect(unit.sentBytes() - stream.received()).toBeLessThan(MOST_UNDER_WAY);
  expect(Buffer.concat(stream.frames.map(({ content }) => content)).equals(unit.content(0, unit.chunks.length - 1))).toBe(true);
});

test("an agent that vanished without closing its connection, and connects again, gets its bytes although its old streams still seem open", async () => {
  await using unit = await serveUnit({ "a.bin": noise(3_000_000, 2) });
  const everything: [number, number][] = [[0, unit.chunks.length - 1]];
  const before = await unit.connect("SRV1");
  const old = [];
  for (let i = 0; i < 8; i++) {
    const stream = await unit.open(before.token, { generous: false });
    stream.socket.pause();
    stream.ask(everything);
    old.push(stream);
  }
  const { token } = await unit.connect("SRV1"); // replaces the connection that neither side closed
  const stream = await unit.open(token);
  stream.ask(everything);
  await vi.waitFor(() => expect(stream.frames.reduce((sum, { count }) => sum + count, 0)).toBe(unit.chunks.length), 20_000);
  for (const { socket } of old) socket.resume();
  await Promise.all(old.map(({ closed }) => closed));
});
