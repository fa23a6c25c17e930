import { zstdCompressSync } from "node:zlib";
import { encodeManifest, FRAME_CODEC, LIMITS, manifestDigest, type ContentRequest } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { contentBench, frame, stageOrder, type ContentBench } from "../../../test-support/content-server.ts";
import type { ContentFrame } from "../../app/ports.ts";
import { hashBytes } from "../hash.ts";

const DIGEST = "ab".repeat(32);

async function fetchAll(
  { content, controller }: ContentBench,
  ordinals: number[],
  each: (frame: ContentFrame) => void = (one) => one.consumed(),
): Promise<string[]> {
  const texts: string[] = [];
  for await (const one of content.chunks(stageOrder(), DIGEST, ordinals, controller.signal)) {
    texts.push(`${one.ordinal}:${Buffer.from(one.bytes).toString()}`);
    each(one);
  }
  return texts;
}

/** What an honest coordinator answers. */
function framesFor({ ranges }: ContentRequest): Buffer[] {
  return ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => frame(from + i, `chunk ${from + i}`)));
}

test("chunks are asked for in ranges, under the connection's token, and come in order", async () => {
  const bench = await contentBench((_, { content }, reply) => reply.end(Buffer.concat(framesFor(content as ContentRequest))));
  expect(await fetchAll(bench, [1, 2, 3, 9])).toEqual(["1:chunk 1", "2:chunk 2", "3:chunk 3", "9:chunk 9"]);
  expect(bench.asked).toEqual([
    {
      path: "/content/v1/chunks",
      authorization: "Bearer token-1",
      content: {
        order: "stage-1",
        manifest: DIGEST,
        transfer: 1,
        ranges: [
          [1, 3],
          [9, 9],
        ],
      },
    },
  ]);
});

test("more ranges than one request may hold are asked for one request after the other", async () => {
  const bench = await contentBench((_, { content }, reply) => reply.end(Buffer.concat(framesFor(content as ContentRequest))));
  const ordinals = Array.from({ length: LIMITS.contentRanges + 10 }, (_, i) => i * 2);
  expect(await fetchAll(bench, ordinals)).toHaveLength(ordinals.length);
  expect(bench.asked.map(({ content }) => [content?.ranges.length, content?.transfer])).toEqual([
    [LIMITS.contentRanges, 1],
    [10, 2],
  ]);
});

test("when the link is lost in mid-stream, the chunks that did not come are asked for on the next connection", async () => {
  const bench = await contentBench((number, { content }, reply) => {
    const frames = framesFor(content as ContentRequest);
    if (number > 1) return reply.end(Buffer.concat(frames));
    reply.write(Buffer.concat([...frames.slice(0, 2), frame(3, "chunk 3").subarray(0, 10)]));
  });
  const texts = await fetchAll(bench, [1, 2, 3, 4], (one) => {
    one.consumed();
    if (one.ordinal !== 2 || bench.asked.length > 1) return;
    bench.current.down();
    setTimeout(() => bench.linkUp("token-2"), 50);
  });
  expect(texts).toEqual(["1:chunk 1", "2:chunk 2", "3:chunk 3", "4:chunk 4"]);
  expect(bench.asked.map(({ authorization, content }) => [authorization, content?.ranges])).toEqual([
    ["Bearer token-1", [[1, 4]]],
    ["Bearer token-2", [[3, 4]]],
  ]);
});

test("a stream that breaks off while the link lives is asked for again at once", async () => {
  const bench = await contentBench((number, { content }, reply) => {
    const frames = framesFor(content as ContentRequest);
    if (number === 1) reply.write(frames[0], () => reply.destroy());
    else if (number === 2) reply.end(frames[0]);
    else reply.end(Buffer.concat(frames));
  });
  expect(await fetchAll(bench, [5, 6, 7])).toEqual(["5:chunk 5", "6:chunk 6", "7:chunk 7"]);
  expect(bench.asked.map(({ content }) => content?.ranges)).toEqual([[[5, 7]], [[6, 7]], [[7, 7]]]);
});

test("a stream that stands still is given up and asked for again", async () => {
  const bench = await contentBench((number, { content }, reply) => {
    const frames = framesFor(content as ContentRequest);
    if (number === 1) reply.write(frames[0]);
    else reply.end(Buffer.concat(frames));
  }, 100);
  expect(await fetchAll(bench, [5, 6])).toEqual(["5:chunk 5", "6:chunk 6"]);
  expect(bench.asked).toHaveLength(2);
});

test("silence means nothing while the agent itself holds back the credit", async () => {
  const bench = await contentBench((_, { content }, reply) => {
    const [first, ...rest] = framesFor(content as ContentRequest);
    reply.write(first);
    setTimeout(() => reply.end(Buffer.concat(rest)), 350);
  }, 100);
  const late: ContentFrame[] = [];
  for await (const one of bench.content.chunks(stageOrder(16), DIGEST, [5, 6], bench.controller.signal)) late.push(one);
  expect(late.map(({ ordinal }) => ordinal)).toEqual([5, 6]);
  expect(bench.asked).toHaveLength(1);
});

test("credit is given after each quarter of the window, and when everything that came is consumed", async () => {
  const payload = "x".repeat(100 - 9);
  const bench = await contentBench((_, __, reply) => {
    reply.write(Buffer.concat(Array.from({ length: 10 }, (_nothing, i) => frame(i, payload))));
    setTimeout(() => reply.end(frame(10, payload)), 50);
  });
  for await (const one of bench.content.chunks(
    stageOrder(1600),
    DIGEST,
    Array.from({ length: 11 }, (_, i) => i),
    bench.controller.signal,
  ))
    one.consumed();
  const totals = bench.said.map((message) => (message.kind === "credit" ? [message.transfer, message.consumed] : []));
  expect(totals.slice(0, 3)).toEqual([
    [1, 400],
    [1, 800],
    [1, 1000],
  ]);
});

test("the coordinator's refusal of an order that ended is thrown as it says", async () => {
  const bench = await contentBench((_, __, reply) =>
    reply.writeHead(409).end(JSON.stringify({ error: { code: "CONTENT_UNAVAILABLE", message: "the order has ended" } })),
  );
  await expect(fetchAll(bench, [1])).rejects.toMatchObject({ code: "CONTENT_UNAVAILABLE", message: "the order has ended" });
  expect(bench.asked).toHaveLength(1);
});

test("an order that the coordinator no longer serves ends in a way that it may try again", async () => {
  const bench = await contentBench((_, __, reply) =>
    reply.writeHead(403).end(JSON.stringify({ error: { code: "FORBIDDEN", message: "not ordered for this agent" } })),
  );
  await expect(fetchAll(bench, [1])).rejects.toMatchObject({
    code: "CONTENT_UNAVAILABLE",
    retryable: true,
    message: "not ordered for this agent",
  });
});

test("a coordinator that is busy or no longer knows the token is asked again", async () => {
  const bench = await contentBench((number, { content }, reply) => {
    if (number === 1) reply.writeHead(429).end(JSON.stringify({ error: { code: "TOO_MANY_REQUESTS", message: "later" } }));
    else if (number === 2) reply.writeHead(401).end(JSON.stringify({ error: { code: "UNAUTHENTICATED", message: "old token" } }));
    else reply.end(Buffer.concat(framesFor(content as ContentRequest)));
  });
  expect(await fetchAll(bench, [1])).toEqual(["1:chunk 1"]);
});

test("what the source cannot give ends the stream with its reason", async () => {
  const bench = await contentBench((_, __, reply) =>
    reply.end(
      Buffer.concat([frame(1, "one"), frame(2, JSON.stringify({ code: "SOURCE_CHANGED", message: "changed" }), FRAME_CODEC.failure)]),
    ),
  );
  const seen: number[] = [];
  await expect(fetchAll(bench, [1, 2], ({ ordinal }) => seen.push(ordinal))).rejects.toMatchObject({ code: "SOURCE_CHANGED" });
  expect(seen).toEqual([1]);
});

test("a stream damaged again and again is reported, not fetched for ever", async () => {
  const bench = await contentBench((_, __, reply) => reply.end(frame(99, "not what was asked for")));
  await expect(fetchAll(bench, [1])).rejects.toMatchObject({ code: "CONTENT_UNAVAILABLE" });
  expect(bench.asked).toHaveLength(3);
});

test("an aborted order ends its stream, also while there is no link", async () => {
  const bench = await contentBench((_, __, reply) => reply.write(frame(1, "one")));
  const first = fetchAll(bench, [1, 2], () => bench.controller.abort());
  await expect(first).rejects.toMatchObject({ code: "CANCELLED" });
  bench.current.down();
  await expect(fetchAll(bench, [1])).rejects.toMatchObject({ code: "CANCELLED" });
});

const manifest = encodeManifest({
  unit: { role: "dp", name: "ABC00001" },
  owned: [{ path: "ABC00001", kind: "folder", rights: "clients-read" }],
  entries: [],
});
const manifestName = manifestDigest(manifest, hashBytes);

test("a manifest is unpacked and checked against its digest", async () => {
  const { content, asked, controller } = await contentBench((_, __, reply) => reply.end(zstdCompressSync(manifest)));
  expect(Buffer.from(await content.manifest(stageOrder(), manifestName, manifest.length, controller.signal))).toEqual(
    Buffer.from(manifest),
  );
  expect(asked[0]).toMatchObject({ path: `/content/v1/manifests/${manifestName}?order=stage-1`, authorization: "Bearer token-1" });
});

test.each([
  ["of another digest", zstdCompressSync(Buffer.from(manifest).fill(0, 2, 4))],
  ["longer than announced", zstdCompressSync(Buffer.alloc(1_000_000))],
  ["that cannot be unpacked", Buffer.from("no zstd at all")],
])("a manifest %s is refused", async (_, body) => {
  const { content, controller } = await contentBench((_number, __, reply) => reply.end(body));
  await expect(content.manifest(stageOrder(), manifestName, manifest.length, controller.signal)).rejects.toMatchObject({
    code: "HASH_MISMATCH",
  });
});

test("a manifest that the coordinator does not have is NOT_FOUND; one over the limit is not even asked for", async () => {
  const { content, asked, controller } = await contentBench((_, __, reply) =>
    reply.writeHead(404).end(JSON.stringify({ error: { code: "NOT_FOUND", message: "no such manifest" } })),
  );
  await expect(content.manifest(stageOrder(), manifestName, 10, controller.signal)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(content.manifest(stageOrder(), manifestName, LIMITS.manifest + 1, controller.signal)).rejects.toMatchObject({
    code: "MANIFEST_INVALID",
  });
  expect(asked).toHaveLength(1);
});
