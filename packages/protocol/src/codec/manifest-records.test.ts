import { expect, test } from "vitest";
import { decodePackedFile, encodeManifestEntry, recordAt, recordPath, type ManifestEntry } from "../index.ts";

const digest = (byte: number) => new Uint8Array(32).fill(byte).toHex();
const large: ManifestEntry = {
  kind: "file",
  path: "ABC00001/ä/setup.exe",
  mode: 0o644,
  size: 300,
  modified: 1,
  chunks: [
    { digest: digest(1), size: 100 },
    { digest: digest(2), size: 200 },
  ],
};

/** Without its length. */
function record(entry: ManifestEntry): Uint8Array {
  const bytes = encodeManifestEntry(entry);
  const place = recordAt(bytes, 0);
  return bytes.subarray(place?.from, place?.to);
}

test("the path of a record is read without decoding the rest", () => {
  expect(recordPath(record(large))).toBe(large.path);
  expect(recordPath(record(large).subarray(0, 40))).toBe(large.path);
  expect(recordPath(record({ kind: "folder", path: "ABC00001/a", mode: 0o755 }))).toBe("ABC00001/a");
});

test.each([new Uint8Array(0), record(large).subarray(0, 10), Uint8Array.from([0x12, 1, 97])])(
  "a record without a path is refused",
  (bytes) => {
    expect(() => recordPath(bytes)).toThrow(expect.objectContaining({ code: "MANIFEST_INVALID" }));
  },
);

test("a file is decoded with its chunks concatenated", () => {
  const digests = new Uint8Array(64).fill(1, 0, 32).fill(2, 32);
  expect(decodePackedFile(record(large))).toMatchObject({ path: large.path, size: 300, digests, sizes: [100, 200] });
});

test("a file of one chunk, an empty file, and an entry that is not a file", () => {
  const one = { ...large, size: 7, chunks: [{ digest: digest(3), size: 7 }] };
  expect(decodePackedFile(record(one))?.sizes).toEqual([7]);
  expect(decodePackedFile(record({ ...large, size: 0, chunks: [] }))).toMatchObject({ size: 0, sizes: [] });
  expect(decodePackedFile(record({ kind: "folder", path: "ABC00001/a", mode: 0o755 }))).toBeUndefined();
});
