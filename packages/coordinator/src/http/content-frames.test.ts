import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { FRAME_CODEC, FRAME_HEADER } from "@sitewright/protocol";
import { noise } from "@sitewright/testkit/noise";
import { aHierarchy, anAddress, aPhase } from "../../test-support/fakes.ts";
import { serveUnit } from "../../test-support/served-unit.ts";
import type { StreamClient } from "../../test-support/stream-client.ts";

const text = (length: number, words = "all work and no play ") => words.repeat(Math.ceil(length / words.length)).slice(0, length);
const line = (bandwidth: number) => aHierarchy([anAddress("SEC", { bandwidth })]);

/** Resolves with the content of all frames once this many chunks have arrived. */
async function contentOf(stream: StreamClient, chunks: number): Promise<Buffer> {
  await vi.waitFor(() => expect(stream.frames.reduce((sum, { count }) => sum + count, 0)).toBe(chunks), 20_000);
  return Buffer.concat(stream.frames.map(({ content }) => content));
}

test("chunks arrive whole and in the order requested, many in one frame, raw where the line has no limit", async () => {
  await using unit = await serveUnit({ "a.txt": text(50_000), "b.bin": noise(300_000, 1), empty: "", "sub/c.bin": noise(3_000, 2) });
  const { token } = await unit.connect("SRV1");
  const stream = await unit.open(token);
  const last = unit.chunks.length - 1;
  stream.ask([
    [1, 2],
    [4, last],
  ]);
  stream.ask([[0, 3]]);
  const content = await contentOf(stream, 2 + (last - 3) + 4);
  expect(content.equals(Buffer.concat([unit.content(1, 2), unit.content(4, last), unit.content(0, 3)]))).toBe(true);
  expect(stream.frames.every(({ codec }) => codec === FRAME_CODEC.raw)).toBe(true);
  expect(stream.frames.length).toBeLessThan(unit.chunks.length);
  expect(unit.sentBytes()).toBe(stream.received());
});

test("on a line with a limit, compressible content is packed and other content is sent raw", async () => {
  const files = { "a.bin": noise(40_000, 1), "b.txt": text(90_000), "c.txt": text(5_000, "only words "), "d.bin": noise(9_000, 2) };
  await using unit = await serveUnit(files, { system: "SRV2", hierarchy: line(16_000_000) });
  const { token } = await unit.connect("SRV2");
  const stream = await unit.open(token);
  stream.ask([[0, unit.chunks.length - 1]]);
  expect((await contentOf(stream, unit.chunks.length)).equals(unit.content(0, unit.chunks.length - 1))).toBe(true);
  const kinds = stream.frames.map(({ codec, content }) => [codec, content.length]);
  expect(kinds).toEqual([
    [FRAME_CODEC.raw, 40_000],
    [FRAME_CODEC.zstd, 95_000],
    [FRAME_CODEC.raw, 9_000],
  ]);
  expect(stream.received()).toBeLessThan(50_000);
});

test("nothing is sent beyond the credit of the order until the agent returns some, on any of its streams", async () => {
  // Half a second of a line of 1 Mbit/s is 62,500 bytes; frames have a quarter of that, 16 KiB, or one chunk.
  await using unit = await serveUnit({ "a.bin": noise(500_000, 1) }, { system: "SRV2", hierarchy: line(1_000_000) });
  const { token } = await unit.connect("SRV2");
  const [one, two] = [await unit.open(token, { generous: false }), await unit.open(token, { generous: false })];
  one.ask([[0, unit.chunks.length - 1]]);
  const largest = Math.max(...unit.chunks.map(({ size }) => size)) + FRAME_HEADER;
  await vi.waitFor(() => expect(one.received()).toBeGreaterThanOrEqual(62_500), 20_000);
  two.ask([[0, 3]]);
  await sleep(300);
  expect(one.received()).toBeLessThan(62_500 + largest);
  expect(two.received()).toBe(0);
  one.credit(one.received());
  await vi.waitFor(() => expect(one.received() + two.received()).toBeGreaterThanOrEqual(2 * 62_500), 20_000);
});

test("content is sent no faster than the line of its agent allows, in small frames on a slow line", async () => {
  const files = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${i}.bin`, noise(2_000, i + 1)]));
  await using unit = await serveUnit(files, { system: "SRV2", hierarchy: line(1_000_000) });
  const { token } = await unit.connect("SRV2");
  const stream = await unit.open(token);
  const started = performance.now();
  stream.ask([[0, 49]]);
  await contentOf(stream, 50);
  expect(performance.now() - started).toBeGreaterThan(780);
  expect(Math.max(...stream.frames.map(({ length }) => length))).toBeLessThanOrEqual(16 * 1024);
  expect(stream.frames.length).toBeLessThan(12);
});

test("two agents get the same bundles", async () => {
  const files = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`${i}.txt`, text(5_000, `the words of file ${i} `)]));
  await using unit = await serveUnit(files, { hierarchy: line(4_000_000) });
  unit.orders.set("order-2", aPhase({ id: "order-2", system: "SRV2", manifest: unit.manifest }));
  unit.orders.set("order-3", aPhase({ id: "order-3", system: "SRV3", manifest: unit.manifest }));
  const received = await Promise.all(
    ["2", "3"].map(async (number) => {
      const { token } = await unit.connect(`SRV${number}`);
      const stream = await unit.open(token, { order: `order-${number}` });
      // The second one begins in the middle of a bundle.
      stream.ask([[number === "2" ? 0 : 3, unit.chunks.length - 1]]);
      await contentOf(stream, unit.chunks.length - (number === "2" ? 0 : 3));
      return stream.frames.map(({ ordinal, count }) => [ordinal, count]).slice(1);
    }),
  );
  expect(received[0]?.length).toBeGreaterThan(5);
  expect(received[0]).toEqual(received[1]);
});

test("what was packed for one system is neither read nor packed again for another", async () => {
  await using unit = await serveUnit({ "a.txt": text(9_000), "b.txt": text(9_000, "by and by ") }, { hierarchy: line(4_000_000) });
  const fetched = [];
  for (const system of ["SRV2", "SRV3"]) {
    unit.orders.set(system, aPhase({ id: system, system, manifest: unit.manifest }));
    const { token } = await unit.connect(system);
    const stream = await unit.open(token, { order: system });
    stream.ask([[0, unit.chunks.length - 1]]);
    fetched.push(await contentOf(stream, unit.chunks.length));
    await rm(unit.bench.at("a.txt"), { force: true });
  }
  expect(fetched.map((content) => content.equals(unit.content(0, unit.chunks.length - 1)))).toEqual([true, true]);
});
