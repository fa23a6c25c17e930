import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { FRAME_CODEC, FRAME_HEADER } from "@sitewright/protocol";
import { noise } from "../../test-support/content-index-bench.ts";
import { aHierarchy, anAddress, aPhase } from "../../test-support/fakes.ts";
import { serveUnit } from "../../test-support/served-unit.ts";
import { openStream, type StreamClient } from "../../test-support/stream-client.ts";

const text = (length: number, words = "all work and no play ") => words.repeat(Math.ceil(length / words.length)).slice(0, length);
const line = (bandwidth: number) => aHierarchy([anAddress("SEC", { bandwidth })]);

/** Resolves with the content of all frames once so many chunks have come. */
async function contentOf(stream: StreamClient, chunks: number): Promise<Buffer> {
  await vi.waitFor(() => expect(stream.frames.reduce((sum, { count }) => sum + count, 0)).toBe(chunks), 10_000);
  return Buffer.concat(stream.frames.map(({ content }) => content));
}

test("chunks arrive whole and in the order asked for, many in one frame, raw where nothing limits the line", async () => {
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

test("on a line with a limit, what shrinks is packed and what does not comes raw", async () => {
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

test("nothing is sent beyond the credit of the order until the agent gives some back, on whichever of its streams", async () => {
  // Half a second of a line of 1 Mbit/s are 62,500 bytes; frames have a quarter of that, 16 KiB, or one chunk.
  await using unit = await serveUnit({ "a.bin": noise(500_000, 1) }, { system: "SRV2", hierarchy: line(1_000_000) });
  const { token } = await unit.connect("SRV2");
  const [one, two] = [await unit.open(token, { generous: false }), await unit.open(token, { generous: false })];
  one.ask([[0, unit.chunks.length - 1]]);
  const largest = Math.max(...unit.chunks.map(({ size }) => size)) + FRAME_HEADER;
  await vi.waitFor(() => expect(one.received()).toBeGreaterThanOrEqual(62_500), 3_000);
  two.ask([[0, 3]]);
  await sleep(300);
  expect(one.received()).toBeLessThan(62_500 + largest);
  expect(two.received()).toBe(0);
  one.credit(one.received());
  await vi.waitFor(() => expect(one.received() + two.received()).toBeGreaterThanOrEqual(2 * 62_500), 3_000);
});

test("content leaves no faster than the line of its agent allows, in small frames where it is slow", async () => {
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

test.each([
  ["no token", 401, "UNAUTHENTICATED", {}],
  ["a wrong token", 401, "UNAUTHENTICATED", { token: "wrong" }],
  ["another's order", 403, "FORBIDDEN", { by: "SRV2" }],
  ["an order that is not there", 403, "FORBIDDEN", { by: "SRV1", order: "order-9" }],
  ["a manifest that was not ordered", 403, "FORBIDDEN", { by: "SRV1", manifest: "ab".repeat(32) }],
  ["another protocol", 400, "BAD_REQUEST", { by: "SRV1", headers: { upgrade: "websocket" } }],
])("a stream with %s is refused in the API's words", async (_, status, code, { by, ...options }: { by?: string; token?: string }) => {
  await using unit = await serveUnit({ a: "x" });
  const token = by ? (await unit.connect(by)).token : options.token;
  const refused = await openStream(unit.url, { manifest: unit.manifest, ...options, ...(token === undefined ? {} : { token }) });
  expect([refused.status, refused.body.error?.code]).toEqual([status, code]);
  expect(unit.logged).toContainEqual(expect.objectContaining({ level: "warn", code }));
});

test("an ordered manifest that is not here any more is refused as unavailable", async () => {
  await using unit = await serveUnit({ a: "x" });
  const missing = "cd".repeat(32);
  unit.orders.set("order-2", aPhase({ id: "order-2", manifest: missing }));
  const { token } = await unit.connect("SRV1");
  expect(await openStream(unit.url, { manifest: missing, order: "order-2", token })).toMatchObject({ status: 503 });
});

test("the ninth stream of an order is refused until one of the others has ended", async () => {
  await using unit = await serveUnit({ a: "x" });
  const { token } = await unit.connect("SRV1");
  const streams = [];
  for (let i = 0; i < 8; i++) streams.push(await unit.open(token));
  const ninth = await openStream(unit.url, { manifest: unit.manifest, token });
  expect([ninth.status, ninth.body.error?.code]).toEqual([429, "TOO_MANY_REQUESTS"]);
  streams[3]?.socket.destroy();
  await vi.waitFor(async () => expect((await openStream(unit.url, { manifest: unit.manifest, token })).status).toBe(101));
});

test.each([
  ["descend", [[1, 1], [0, 0]]], // prettier-ignore
  ["overlap", [[0, 1], [1, 2]]], // prettier-ignore
  ["are turned round", [[2, 1]]],
  ["leave the manifest", [[0, 3]]],
])("ranges that %s end the stream", async (_, ranges) => {
  await using unit = await serveUnit({ a: "1", b: "2", c: "3" });
  const { token } = await unit.connect("SRV1");
  const stream = await unit.open(token);
  stream.ask(ranges as [number, number][]);
  await stream.closed;
  expect(stream.frames).toEqual([]);
  expect(unit.logged).toContainEqual(expect.objectContaining({ level: "warn", code: "BAD_REQUEST" }));
});

test("what is no message, and more asks than anybody needs, end the stream", async () => {
  await using unit = await serveUnit(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`${i}`, "x"])), {
    system: "SRV2",
    hierarchy: line(0),
  });
  const { token } = await unit.connect("SRV2");
  const [mad, greedy] = [await unit.open(token), await unit.open(token)];
  mad.socket.write(Buffer.from([9, 9, 9]));
  await mad.closed;
  const ranges = Array.from({ length: Math.min(4096, unit.chunks.length) }, (_, i): [number, number] => [i, i]);
  for (let i = 0; i < 80_000 / ranges.length; i++) greedy.ask(ranges);
  await greedy.closed;
  expect(unit.logged.map(({ code }) => code)).toEqual(expect.arrayContaining(["FRAME_INVALID", "TOO_MANY_REQUESTS"]));
});

test("a stream ends with the connection of its agent, with its order, and when its agent says that it is done", async () => {
  await using unit = await serveUnit({ "a.bin": noise(500_000, 1) }, { system: "SRV2", hierarchy: line(100_000) });
  const agent = await unit.connect("SRV2");
  const [busy, idle, done] = [await unit.open(agent.token), await unit.open(agent.token), await unit.open(agent.token)];
  busy.ask([[0, unit.chunks.length - 1]]);
  done.socket.end();
  await done.closed;
  agent.socket.terminate();
  await Promise.all([busy.closed, idle.closed]);
  expect((await openStream(unit.url, { manifest: unit.manifest, token: agent.token })).status).toBe(401);
});
