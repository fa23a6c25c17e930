import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Window } from "@sitewright/protocol";
import { aHierarchy, anAddress } from "../../../test-support/fakes.ts";
import { drain, pacerAt, type PacerInTime } from "../../../test-support/pacer-fixture.ts";
import { createPacer } from "./pacer.ts";

test("a line carries its budget, headers included", async () => {
  const at = pacerAt(() => [anAddress("SEC", { bandwidth: 2_000_000 })]);
  const flow = drain(at.pacer, "SRV2");
  await at.pass(10_000);
  expect((flow.taken * 1.04 * 8) / 10).toBeGreaterThan(2_000_000 * 0.97);
  expect((flow.taken * 1.04 * 8) / 10).toBeLessThan(2_000_000 * 1.03);
  flow.stop();
});

test("transfers over one line get equal shares, and one that ends leaves its share to the others", async () => {
  const at = pacerAt(() => [anAddress("SEC", { bandwidth: 512_000 })]);
  const [one, two] = [drain(at.pacer, "SRV2"), drain(at.pacer, "SRV3")];
  await at.pass(10_000);
  expect(Math.abs(one.taken - two.taken)).toBeLessThanOrEqual(1400);
  const before = two.taken;
  one.stop();
  await at.pass(10_000);
  expect(two.taken - before).toBeGreaterThan(before * 1.9);
  two.stop();
});

test("a system without an address is not held back, whatever others do", async () => {
  const at = pacerAt(() => [anAddress("SEC", { bandwidth: 8_000 })]);
  const slow = drain(at.pacer, "SRV2");
  const signal = new AbortController().signal;
  for (let i = 0; i < 1000; i++) expect(await at.pacer.take({ system: "SRV1", priority: "low" }, 1_000_000, signal)).toBe(1_000_000);
  slow.stop();
});

test("while the coordinator must not send, no agent is sent anything, and sending resumes within a second once it may", async () => {
  let isClosed = true;
  const at = pacerAt(() => [anAddress("SEC", { bandwidth: 2_000_000 })], { isClosed: () => isClosed });
  let granted = 0;
  const flow = drain(at.pacer, "SRV2");
  const unlimited = at.pacer
    .take({ system: "SRV1", priority: "low" }, 100_000, new AbortController().signal)
    .then((bytes) => (granted = bytes));
  await at.pass(5_000);
  expect([flow.taken, granted]).toEqual([0, 0]);
  isClosed = false;
  await at.pass(1_100);
  expect(await unlimited).toBe(100_000);
  expect(flow.taken).toBeGreaterThan(0);
  flow.stop();
});

test("what leads through another address is charged to that line too", async () => {
  const at = pacerAt(() => [anAddress("SEC", { bandwidth: 10_000_000, via: "ABC" }), anAddress("ABC", { bandwidth: 400_000 })]);
  const [behind, beside] = [drain(at.pacer, "SRV2"), drain(at.pacer, "SRV1")];
  await at.pass(10_000);
  expect(((behind.taken + beside.taken) * 1.04 * 8) / 10).toBeLessThan(400_000 * 1.03);
  expect(Math.abs(behind.taken - beside.taken)).toBeLessThanOrEqual(1400);
  behind.stop();
  beside.stop();
});

test("control traffic is not held back, but what follows waits for it", async () => {
  const at = pacerAt(() => [anAddress("SEC", { bandwidth: 80_000 })]);
  at.pacer.charge("SRV2", 50_000); // 5.2 s of the line.
  const flow = drain(at.pacer, "SRV2");
  await at.pass(5_000);
  expect(flow.taken).toBe(0);
  await at.pass(1_000);
  expect(flow.taken).toBeGreaterThan(0);
  flow.stop();
});

test("heartbeats of ten agents leave a narrow line to content only what is left beside them", async () => {
  const at = pacerAt(() => [anAddress("SEC", { bandwidth: 16_000 })]);
  const flow = drain(at.pacer, "SRV2");
  for (let round = 0; round < 12; round++) {
    for (let agent = 0; agent < 10; agent++) for (const bytes of [2, 6]) at.pacer.chargeBeat("SRV2", bytes);
    await at.pass(5_000);
  }
  const rate = (uses: PacerInTime["crossed"]) => (uses.reduce((sum, { bytes }) => sum + bytes, 0) * 8) / 60;
  expect(rate(at.crossed.filter(({ isBeat }) => isBeat))).toBe(2_496);
  expect(rate(at.crossed)).toBeLessThan(16_000 * 1.03);
  flow.stop();
});

test("a new limit takes effect within a second, also during a transfer", async () => {
  let bandwidth = 64_000;
  const at = pacerAt(() => [anAddress("SEC", { bandwidth })]);
  const flow = drain(at.pacer, "SRV2");
  await at.pass(5_000);
  const before = flow.taken;
  bandwidth = 6_400_000;
  await at.pass(1_000);
  await at.pass(5_000);
  expect(flow.taken - before).toBeGreaterThan((6_400_000 / 8) * 4.5);
  flow.stop();
});

test("after a change was signalled, the pacer releases or holds back immediately", async () => {
  let line = anAddress("SEC", { bandwidth: 640_000, paused: true });
  const at = pacerAt(() => [line]);
  const flow = drain(at.pacer, "SRV2");
  await at.pass(5_000);
  expect(flow.taken).toBe(0);
  line = anAddress("SEC", { bandwidth: 640_000 });
  at.pacer.refresh();
  await at.pass(100);
  expect(flow.taken).toBeGreaterThan(5_000);
  line = anAddress("SEC", { bandwidth: 640_000, paused: true });
  at.pacer.refresh();
  const before = flow.taken;
  await at.pass(5_000);
  expect(flow.taken).toBe(before);
  flow.stop();
});

test("after the start of an hour was signalled, the limit of that hour applies immediately", async () => {
  const schedule: Window[] = Array.from({ length: 168 }, (_, hour) => (hour === 11 ? "closed" : "all"));
  const line = anAddress("SEC", { bandwidth: 64_000, schedule });
  const at = pacerAt(() => [line]);
  const flow = drain(at.pacer, "SRV2");
  await at.pass(3_600_000 - 1);
  await at.pass(1);
  at.pacer.refresh();
  const before = flow.taken;
  await at.pass(2_000);
  expect(flow.taken).toBe(before);
  flow.stop();
});

test("a closed window holds everything until it opens, and one for high priority admits only that", async () => {
  const schedule: Window[] = Array.from({ length: 168 }, (_, hour) => (hour === 10 ? "closed" : hour === 11 ? "high" : "all"));
  const at = pacerAt(() => [anAddress("SEC", { bandwidth: 64_000, schedule })]);
  const [low, high] = [drain(at.pacer, "SRV2", "low"), drain(at.pacer, "SRV3", "high")];
  await at.pass(3_599_000);
  expect([low.taken, high.taken]).toEqual([0, 0]);
  await at.pass(3_000);
  expect(low.taken).toBe(0);
  expect(high.taken).toBeGreaterThan(0);
  await at.pass(3_602_000);
  expect(low.taken).toBeGreaterThan(0);
  low.stop();
  high.stop();
});

test("traffic that waits for no window is held back by the budget alone", async () => {
  const at = pacerAt(() => [anAddress("SEC", { bandwidth: 64_000, paused: true })]);
  const flow = drain(at.pacer, "SRV2", "any-time");
  await at.pass(10_000);
  expect((flow.taken * 1.04 * 8) / 10).toBeGreaterThan(64_000 * 0.9);
  expect((flow.taken * 1.04 * 8) / 10).toBeLessThan(64_000 * 1.1);
  flow.stop();
});

test("a budget of zero waits as a closed window does", async () => {
  const at = pacerAt(() => [anAddress("SEC", { bandwidth: 0 })]);
  const flow = drain(at.pacer, "SRV2");
  await at.pass(60_000);
  expect(flow.taken).toBe(0);
  flow.stop();
});

test("a waiter that gives up is rejected immediately and uses nothing", async () => {
  const at = pacerAt(() => [anAddress("SEC", { bandwidth: 0 })]);
  const flow = drain(at.pacer, "SRV2");
  flow.stop();
  await at.pass(0);
  expect(flow.end).toEqual(new Error("stopped"));
  await expect(at.pacer.take({ system: "SRV2", priority: "low" }, 1, AbortSignal.abort(new Error("gone")))).rejects.toThrow("gone");
});

test("in real time, a line is neither much slower nor faster than its budget", async () => {
  const pacer = createPacer({ hierarchy: () => aHierarchy([anAddress("SEC", { bandwidth: 800_000 })]), clock: Date.now });
  const flow = drain(pacer, "SRV2");
  const started = performance.now();
  const bitsPerSecond = (): number => (flow.taken * 1.04 * 8) / ((performance.now() - started) / 1000);
  await sleep(1000);
  // The process may have got no processor for most of that second.
  await expect.poll(bitsPerSecond).toBeGreaterThan(800_000 * 0.5);
  expect(bitsPerSecond()).toBeLessThan(800_000 * 1.06);
  flow.stop();
});
