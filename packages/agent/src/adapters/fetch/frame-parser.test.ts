import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { FRAME_CODEC, LIMITS } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { encodeFrame } from "@sitewright/testkit/content-server";
import { createFrameParser } from "./frame-parser.ts";
import type { SpanWriter } from "./span-writer.ts";

/** Records its calls; knows chunks of these sizes, numbered from 0. */
function noting(sizes: number[]): SpanWriter & { taken: string[] } {
  let at = 0;
  const taken: string[] = [];
  return {
    taken,
    ask: () => undefined,
    isWaiting: () => at < sizes.length,
    nextOrdinal: () => (at < sizes.length ? at : undefined),
    sizeOf: (ahead) => sizes[at + ahead],
    take(bytes, count) {
      for (let from = 0, left = count; left > 0; left--) {
        const to = from + (sizes[at++] as number);
        taken.push(Buffer.from(bytes.subarray(from, to)).toString("hex"));
        from = to;
      }
    },
    find: () => undefined,
    skip: () => undefined,
    spoil(count) {
      for (let left = count; left > 0; left--) taken.push(`spoiled ${at++}`);
    },
  };
}

/** Feeds it with pieces of one reused buffer, as a socket does. */
function feed(bytes: Buffer, sizes: readonly number[], writer: SpanWriter): number {
  const parser = createFrameParser(writer, { elsewhere: () => undefined, waiting: () => undefined });
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    const part = Buffer.from(bytes.subarray(at, at + size));
    if (part.length === 0) continue;
    parser.push(part);
    part.fill(0xee);
    at += size;
  }
  return parser.consumed();
}

const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 12 });
const cuts = fc.array(fc.integer({ min: 1, max: 30 }));

test("chunks are restored however they are packed into frames and however the network splits them", () => {
  fc.assert(
    fc.property(chunks, fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean())), cuts, (wanted, frames, sizes) => {
      const made: Buffer[] = [];
      for (let at = 0, i = 0; at < wanted.length; i++) {
        const [most, packed] = frames[i] ?? [1, false];
        const count = Math.min(most, wanted.length - at);
        const content = Buffer.concat(wanted.slice(at, at + count));
        const payload = packed ? zstdCompressSync(content) : content;
        made.push(encodeFrame({ ordinal: at, count, codec: packed ? FRAME_CODEC.zstd : FRAME_CODEC.raw, payload }));
        at += count;
      }
      const writer = noting(wanted.map(({ length }) => length));
      const bytes = Buffer.concat(made);
      expect(feed(bytes, sizes, writer)).toBe(bytes.length);
      expect(writer.taken).toEqual(wanted.map((chunk) => Buffer.from(chunk).toString("hex")));
    }),
  );
});

const frame = (payload: string, facts = {}) =>
  encodeFrame({ ordinal: 0, count: 1, codec: FRAME_CODEC.raw, payload: Buffer.from(payload), ...facts });

test.each([
  ["of another length than its chunks", frame("too long")],
  ["of an unknown codec", frame("abc", { codec: 7 })],
  ["that cannot be unpacked", frame("abc", { codec: FRAME_CODEC.zstd })],
  ["without a byte", frame("")],
])("a frame %s is damaged, and the stream continues after it", (_, spoiled) => {
  const writer = noting([3, 3]);
  feed(Buffer.concat([spoiled, frame("def", { ordinal: 1 })]), [5, 10], writer);
  expect(writer.taken).toEqual(["spoiled 0", Buffer.from("def").toString("hex")]);
});

test.each([
  ["with a chunk that is not next", frame("abc", { ordinal: 1 })],
  ["with more chunks than were requested", frame("abcdefghi", { count: 3 })],
  ["without a chunk", frame("", { count: 0 })],
])("a frame %s is refused", (_, bytes) => {
  expect(() => feed(bytes, [], noting([3, 3]))).toThrow(expect.objectContaining({ code: "FRAME_INVALID" }) as Error);
});

test("a frame over the limit is refused before a byte of it is stored, also one that unpacks to more", () => {
  const head = frame("").subarray();
  new DataView(head.buffer, head.byteOffset).setUint32(9, LIMITS.contentFrame + 1);
  const refused = expect.objectContaining({ code: "FRAME_INVALID" }) as Error;
  expect(() => feed(head, [], noting([3]))).toThrow(refused);
  expect(() => feed(frame("bomb", { codec: FRAME_CODEC.zstd }), [], noting([1e9]))).toThrow(refused);
});

test("a failure frame throws the coordinator's error", () => {
  const payload = Buffer.from(JSON.stringify({ code: "SOURCE_CHANGED", message: "it is another file now", path: "a/b" }));
  const failure = encodeFrame({ ordinal: 0, count: 0, codec: FRAME_CODEC.failure, payload });
  expect(() => feed(failure, [20], noting([3]))).toThrow(
    expect.objectContaining({ code: "SOURCE_CHANGED", message: "it is another file now", path: "a/b" }) as Error,
  );
});
