import { request, type IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { zstdDecompressSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import { FRAME_CODEC, FRAME_HEADER, readFrameHeader, SitewrightError, type FrameHeader } from "@sitewright/protocol";
import { startDoors, type TestDoors } from "../../../test-support/doors.ts";
import { aHierarchy, anAddress, fakeContent } from "../../../test-support/fakes.ts";

const noise = (length: number, seed: number) => Uint8Array.from({ length }, (_, i) => (Math.imul(i + seed, 2654435761) >>> 13) & 0xff);
const text = (length: number) => Buffer.from("all work and no play ".repeat(Math.ceil(length / 21))).subarray(0, length);

function post(at: TestDoors, token: string, body: object): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(
      `${at.url}/content/v1/chunks`,
      { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } },
      resolve,
    )
      .once("error", reject)
      .end(JSON.stringify(body));
  });
}

async function readAll(reply: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of reply) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function frames(bytes: Buffer): (FrameHeader & { content: Buffer })[] {
  const found: (FrameHeader & { content: Buffer })[] = [];
  for (let at = 0; at < bytes.length;) {
    const header = readFrameHeader(bytes.subarray(at));
    const packed = bytes.subarray(at + FRAME_HEADER, at + FRAME_HEADER + header.length);
    found.push({ ...header, content: header.codec === FRAME_CODEC.zstd ? zstdDecompressSync(packed) : packed });
    at += FRAME_HEADER + header.length;
  }
  return found;
}

test("chunks arrive in order and whole, packed where that pays", async () => {
  const chunks = [text(50_000), noise(3000, 1), text(10), noise(40_000, 2), text(60_000)];
  const content = fakeContent(chunks.map((bytes, i) => ({ bytes, compressible: i !== 4 })));
  await using at = await startDoors({ content });
  const { token } = await at.connect("SRV1");
  const reply = await post(at, token, {
    order: "order-1",
    manifest: content.manifest,
    transfer: 1,
    ranges: [
      [0, 1],
      [3, 4],
    ],
  });
  expect(reply.headers["content-type"]).toBe("application/x-sitewright-chunks");
  const bytes = await readAll(reply);
  const got = frames(bytes);
  expect(got.map(({ ordinal }) => ordinal)).toEqual([0, 1, 3, 4]);
  expect(got.map((frame) => Buffer.compare(frame.content, chunks[frame.ordinal] ?? Buffer.alloc(0)))).toEqual([0, 0, 0, 0]);
  expect(got[0]?.codec).toBe(FRAME_CODEC.zstd);
  expect(got[3]).toMatchObject({ codec: FRAME_CODEC.raw, length: 60_000 });
  expect(content.sentBytes()).toBe(bytes.length);
  await vi.waitFor(() => expect(content.openSources()).toBe(0));
});

test("a manifest comes packed, and its bytes are counted", async () => {
  await using at = await startDoors();
  const { token } = await at.connect("SRV1");
  const reply = await fetch(`${at.url}/content/v1/manifests/${at.content.manifest}?order=order-1`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(reply.headers.get("content-type")).toBe("application/x-sitewright-manifest+zstd");
  const packed = Buffer.from(await reply.arrayBuffer());
  expect(zstdDecompressSync(packed).equals(at.content.canonical)).toBe(true);
  expect(at.content.sentBytes()).toBe(packed.length);
});

test("a chunk that cannot be read ends the stream with its error", async () => {
  const content = fakeContent([
    { bytes: text(100), compressible: false },
    new SitewrightError("SOURCE_CHANGED", "it moved", { path: "a/b" }),
    { bytes: text(100), compressible: false },
  ]);
  await using at = await startDoors({ content });
  const { token } = await at.connect("SRV1");
  const got = frames(await readAll(await post(at, token, { order: "order-1", manifest: content.manifest, transfer: 1, ranges: [[0, 2]] })));
  expect(got.map(({ codec }) => codec)).toEqual([FRAME_CODEC.raw, FRAME_CODEC.failure]);
  expect(JSON.parse(got[1]?.content.toString() ?? "")).toEqual({ code: "SOURCE_CHANGED", message: "it moved", path: "a/b" });
  await vi.waitFor(() => expect(content.openSources()).toBe(0));
});

test("nothing is sent beyond the credit until the agent gives some back", async () => {
  // Half a second of a line of 1 Mbit/s are 62,500 bytes; frames of 10,009 bytes.
  const chunks = Array.from({ length: 20 }, (_, i) => ({ bytes: noise(10_000, i), compressible: false }));
  const content = fakeContent(chunks, { system: "SRV2" });
  await using at = await startDoors({ content, hierarchy: aHierarchy([anAddress("SEC", { bandwidth: 1_000_000 })]) });
  const agent = await at.connect("SRV2");
  const reply = await post(at, agent.token, { order: "order-1", manifest: content.manifest, transfer: 5, ranges: [[0, 19]] });
  let got = 0;
  reply.on("data", (part: Buffer) => (got += part.length));
  await vi.waitFor(() => expect(got).toBe(7 * 10_009), 3000);
  await sleep(200);
  expect(got).toBe(7 * 10_009);
  agent.say({ kind: "credit", transfer: 5, consumed: got });
  await vi.waitFor(() => expect(got).toBe(14 * 10_009), 3000);
  reply.destroy();
});

test("a client that goes away in the middle leaves nothing open, and its number can be used again", async () => {
  const content = fakeContent(
    Array.from({ length: 50 }, (_, i) => ({ bytes: noise(10_000, i), compressible: false })),
    { system: "SRV2" },
  );
  await using at = await startDoors({ content, hierarchy: aHierarchy([anAddress("SEC", { bandwidth: 1_000_000 })]) });
  const { token } = await at.connect("SRV2");
  const ask = { order: "order-1", manifest: content.manifest, transfer: 1, ranges: [[0, 49]] };
  const first = await post(at, token, ask);
  expect((await post(at, token, ask)).statusCode).toBe(409);
  first.destroy();
  await vi.waitFor(() => expect(content.openSources()).toBe(0));
  const again = await post(at, token, ask);
  expect(again.statusCode).toBe(200);
  again.destroy();
});

test("a stream ends with the connection of its agent, and so does the token", async () => {
  const content = fakeContent(
    Array.from({ length: 50 }, (_, i) => ({ bytes: noise(10_000, i), compressible: false })),
    { system: "SRV2" },
  );
  await using at = await startDoors({ content, hierarchy: aHierarchy([anAddress("SEC", { bandwidth: 100_000 })]) });
  const agent = await at.connect("SRV2");
  const ask = { order: "order-1", manifest: content.manifest, transfer: 1, ranges: [[0, 49]] };
  const reply = await post(at, agent.token, ask);
  const whole = readAll(reply);
  agent.socket.terminate();
  await expect(whole).rejects.toThrow("aborted");
  expect((await post(at, agent.token, ask)).statusCode).toBe(401);
  await vi.waitFor(() => expect(content.openSources()).toBe(0));
});

test("an agent gets only what was ordered for it", async () => {
  const content = fakeContent([{ bytes: text(10), compressible: false }]);
  await using at = await startDoors({ content });
  const [owner, stranger] = [await at.connect("SRV1"), await at.connect("SRV2")];
  const ask = { order: "order-1", manifest: content.manifest, transfer: 1, ranges: [[0, 0]] };
  expect((await at.call("POST", "/content/v1/chunks", { token: stranger.token, body: ask })).body.error).toMatchObject({
    code: "FORBIDDEN",
    message: expect.stringContaining("not ordered for this agent") as string,
  });
  expect((await at.call("POST", "/content/v1/chunks", { token: owner.token, body: { ...ask, order: "order-2" } })).status).toBe(403);
  expect((await at.call("POST", "/content/v1/chunks", { token: owner.token, body: { ...ask, manifest: "ab".repeat(32) } })).status).toBe(
    403,
  );
  expect((await at.call("GET", `/content/v1/manifests/${content.manifest}?order=order-1`, { token: stranger.token })).status).toBe(403);
  expect((await post(at, owner.token, ask)).statusCode).toBe(200);
  expect(at.logged).toContainEqual(expect.objectContaining({ level: "warn", code: "FORBIDDEN", system: "SRV2" }));
});

test.each([
  [
    "descend",
    [
      [1, 1],
      [0, 0],
    ],
  ],
  [
    "overlap",
    [
      [0, 1],
      [1, 2],
    ],
  ],
  ["are turned round", [[2, 1]]],
  ["leave the manifest", [[0, 3]]],
  ["are none", []],
  ["are no whole numbers", [[0, 0.5]]],
  ["are too many", Array.from({ length: 4097 }, (_, i) => [i, i])],
])("ranges that %s are refused", async (_, ranges) => {
  const content = fakeContent(Array.from({ length: 3 }, () => ({ bytes: text(10), compressible: false })));
  await using at = await startDoors({ content });
  const { token } = await at.connect("SRV1");
  const { status, body } = await at.call("POST", "/content/v1/chunks", {
    token,
    body: { order: "order-1", manifest: content.manifest, transfer: 1, ranges },
  });
  expect([status, body.error?.code]).toEqual([400, "BAD_REQUEST"]);
  expect(content.openSources()).toBe(0);
});

test("content leaves no faster than the line of its agent allows", async () => {
  const content = fakeContent([{ bytes: noise(100_000, 1), compressible: false }], { system: "SRV2" });
  await using at = await startDoors({ content, hierarchy: aHierarchy([anAddress("SEC", { bandwidth: 1_000_000 })]) });
  const { token } = await at.connect("SRV2");
  const started = performance.now();
  await readAll(await post(at, token, { order: "order-1", manifest: content.manifest, transfer: 1, ranges: [[0, 0]] }));
  expect(performance.now() - started).toBeGreaterThan(780);
});
