import fc from "fast-check";
import { FRAME_CODEC, LIMITS } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { frame } from "../../../test-support/content-server.ts";
import { readFrames } from "./frame-reader.ts";

async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

test("frames come out whole however the network cut them", async () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(payloads, fc.array(fc.integer({ min: 0, max: 30 })), async (wanted, sizes) => {
      const bytes = Buffer.concat(wanted.map((payload, i) => frame(i, payload)));
      const frames = await Array.fromAsync(readFrames(cut(bytes, sizes)));
      expect(frames.map(({ ordinal }) => ordinal)).toEqual(wanted.map((_, i) => i));
      expect(frames.map((one) => Buffer.from(one.bytes))).toEqual(wanted.map((payload) => Buffer.from(payload)));
    }),
  );
});

test("a frame has a buffer of its own, which another thread may take", async () => {
  const [first, second] = await Array.fromAsync(readFrames(cut(Buffer.concat([frame(1, "one"), frame(2, "two")]), [])));
  expect(first?.bytes.buffer.byteLength).toBe(3);
  expect(second?.bytes.buffer).not.toBe(first?.bytes.buffer);
});

test("a stream that ends inside a frame is damaged", async () => {
  await expect(Array.fromAsync(readFrames(cut(frame(1, "whole").subarray(0, 11), [])))).rejects.toMatchObject({ code: "FRAME_INVALID" });
});

test("a frame over the limit is refused before a byte of it is kept", async () => {
  const head = frame(1, "").subarray();
  new DataView(head.buffer, head.byteOffset).setUint32(5, LIMITS.contentFrame + 1);
  await expect(Array.fromAsync(readFrames(cut(head, [])))).rejects.toMatchObject({
    code: "FRAME_INVALID",
    message: expect.stringContaining("over the limit"),
  });
});

test("a failure frame throws what the coordinator said", async () => {
  const failure = frame(1, JSON.stringify({ code: "SOURCE_CHANGED", message: "it is another file now", path: "a/b" }), FRAME_CODEC.failure);
  await expect(Array.fromAsync(readFrames(cut(failure, [])))).rejects.toMatchObject({
    code: "SOURCE_CHANGED",
    message: "it is another file now",
    path: "a/b",
  });
});
