import { zstdCompressSync } from "node:zlib";
import { LIMITS, writePartHeader } from "@sitewright/protocol";
import { expect, test } from "vitest";
import type { ManifestTarget } from "../../app/ports/content.ts";
import { takeParts } from "./content-client.ts";

const BASE = "ab".repeat(32);
const OLD = Buffer.from(Array.from({ length: 300 }, (_, i) => `the line ${i} of the old manifest\n`).join(""));
const NEW = Buffer.from(OLD.toString().replace("line 7 ", "line seven "));

function memoryTarget(): ManifestTarget & { bytes(): Buffer } {
  let bytes = Buffer.alloc(0);
  return {
    bases: [BASE],
    length: () => bytes.length,
    readBase: (_, from, to) => OLD.subarray(from, to),
    append: (part) => void (bytes = Buffer.concat([bytes, part])),
    bytes: () => bytes,
  };
}

function part(bytes: Buffer, base = { from: 0, to: 0 }, length = bytes.length): Buffer {
  const packed = zstdCompressSync(bytes, base.to > base.from ? { dictionary: OLD.subarray(base.from, base.to) } : {});
  return Buffer.concat([writePartHeader({ packed: packed.length, length, base }), packed]);
}

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const PARTS = Buffer.concat([part(NEW.subarray(0, 4000), { from: 0, to: 5000 }), part(NEW.subarray(4000), { from: 3000, to: OLD.length })]);

test.each([1, 19, 1000, 1_000_000])("parts that build on a base are unpacked, received by %i bytes", async (size) => {
  const into = memoryTarget();
  await takeParts(cut(PARTS, size), NEW.length, into, BASE);
  expect(into.bytes().equals(NEW)).toBe(true);
  expect(PARTS.length).toBeLessThan(NEW.length / 10);
});

test("a stream that breaks off keeps its complete parts", async () => {
  const into = memoryTarget();
  await takeParts(cut(PARTS.subarray(0, -1), 1000), NEW.length, into, BASE);
  expect(into.length()).toBe(4000);
});

test.each([
  ["that builds on nothing that was offered", part(NEW, { from: 0, to: 100 }), "cd".repeat(32), "FRAME_INVALID"],
  ["that builds on a base which was not named", part(NEW, { from: 0, to: 100 }), undefined, "FRAME_INVALID"],
  ["longer than the manifest", part(Buffer.concat([NEW, NEW])), undefined, "FRAME_INVALID"],
  [
    "longer than a part may be",
    writePartHeader({ packed: 10, length: LIMITS.manifestPart + 1, base: { from: 0, to: 0 } }),
    undefined,
    "FRAME_INVALID",
  ],
  ["packed to more than it may be", writePartHeader({ packed: 2 ** 31, length: 10, base: { from: 0, to: 0 } }), undefined, "FRAME_INVALID"],
  ["of another length than it says", part(NEW, { from: 0, to: 0 }, NEW.length - 1), undefined, "HASH_MISMATCH"],
  [
    "that cannot be unpacked",
    Buffer.concat([writePartHeader({ packed: 5, length: 9, base: { from: 0, to: 0 } }), Buffer.from("hello")]),
    undefined,
    "HASH_MISMATCH",
  ],
])("a part %s is refused, and nothing of it is kept", async (_, bytes, base, code) => {
  const into = memoryTarget();
  await expect(takeParts(cut(Buffer.from(bytes), 1000), NEW.length, into, base)).rejects.toMatchObject({ code });
  expect(into.length()).toBe(0);
});
