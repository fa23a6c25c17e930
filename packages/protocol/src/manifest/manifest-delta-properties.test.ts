import { createHash } from "node:crypto";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { manifests } from "../../test-support/manifests.ts";
import {
  decodeManifestEntry,
  encodeManifest,
  LIMITS,
  PART_HEADER,
  planManifestParts,
  readPartHeader,
  recordAt,
  writePartHeader,
  type ByteRange,
  type FileEntry,
  type Manifest,
  type ManifestPart,
  type RecordPlace,
} from "../index.ts";

/** Where the records of a manifest lie. */
function* placesOf(bytes: Uint8Array): Generator<RecordPlace> {
  for (let at = 0; at < bytes.length;) {
    const record = recordAt(bytes, at) as ByteRange;
    yield { from: at, to: record.to, path: at === 0 ? "" : decodeManifestEntry(bytes.subarray(record.from, record.to)).path };
    at = record.to;
  }
}

const cut = (bytes: Uint8Array, { from, to }: ByteRange) => bytes.subarray(from, to);

/** A part with its header, as it is transferred. */
function pack(base: Uint8Array, next: Uint8Array, part: ManifestPart): Buffer {
  const dictionary = cut(base, part.base);
  const packed = zstdCompressSync(cut(next, part.next), dictionary.length > 0 ? { dictionary } : {});
  return Buffer.concat([writePartHeader({ packed: packed.length, length: part.next.to - part.next.from, base: part.base }), packed]);
}

function unpack(base: Uint8Array, wire: Buffer): Buffer {
  const header = readPartHeader(wire);
  const dictionary = cut(base, header.base);
  return zstdDecompressSync(wire.subarray(PART_HEADER, PART_HEADER + header.packed), {
    maxOutputLength: header.length,
    ...(dictionary.length > 0 && { dictionary }),
  });
}

/** A second manifest that shares some of its entries with the first, as a newer one of the same unit does. */
const pairs = fc.oneof(
  fc.tuple(manifests, manifests),
  manifests.chain((next) => fc.subarray(next.entries).map((entries): [Manifest, Manifest] => [{ ...next, entries }, next])),
);

test("the parts of any manifest against any other, from anywhere, cover its bytes, keep to the limit and unpack to them", () => {
  const limits = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 300, max: LIMITS.manifestPart }));
  fc.assert(
    fc.property(pairs, limits, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (pair, limit, share, without) => {
      const [base, next] = pair.map(encodeManifest) as [Uint8Array, Uint8Array];
      const from = Math.floor(share * next.length);
      let at = from;
      const first = 1 + Math.floor(share * limit);
      for (const part of planManifestParts(without ? [] : placesOf(base), placesOf(next), { limit, from, first })) {
        expect(part.next.from).toBe(at);
        expect(part.next.to).toBeGreaterThan(part.next.from);
        expect(part.next.to - part.next.from).toBeLessThanOrEqual(limit);
        expect(part.base.from).toBeLessThanOrEqual(part.base.to);
        expect(part.base.from).toBeGreaterThanOrEqual(0);
        expect(part.base.to).toBeLessThanOrEqual(base.length);
        expect(part.base.to - part.base.from).toBeLessThanOrEqual(2 * limit);
        expect(unpack(base, pack(base, next, part))).toEqual(Buffer.from(cut(next, part.next)));
        at = part.next.to;
      }
      expect(at).toBe(next.length);
    }),
    { numRuns: 100 },
  );
});

function aPackage(files: number, seed = ""): Manifest {
  const digest = (name: string) =>
    createHash("sha256")
      .update(seed + name)
      .digest("hex");
  const entry = (i: number): FileEntry => {
    const path = `ABC00001/file${String(i).padStart(6, "0")}.dat`;
    return {
      kind: "file",
      path,
      mode: 0o644,
      size: 1_000 + i,
      modified: 1e12 + i * 977,
      chunks: [{ digest: digest(path), size: 1_000 + i }],
    };
  };
  return {
    unit: { role: "dp", name: "ABC00001" },
    owned: [{ path: "ABC00001", kind: "folder", rights: "clients-read" }],
    entries: Array.from({ length: files }, (_, i) => entry(i)),
  };
}

/** Bytes transferred for a manifest, depending on what the other side holds. */
function wireBytes(base: Uint8Array, next: Uint8Array): number {
  let sum = 0;
  for (const part of planManifestParts(placesOf(base), placesOf(next), { limit: LIMITS.manifestPart })) {
    const wire = pack(base, next, part);
    expect(unpack(base, wire)).toEqual(Buffer.from(cut(next, part.next)));
    sum += wire.length;
  }
  return sum;
}

test("a file changed, added, removed or renamed in a manifest of 1,000 makes a delta of less than a twentieth of the whole", () => {
  const held = aPackage(1_000);
  const base = encodeManifest(held);
  const whole = wireBytes(new Uint8Array(0), base);
  const other = aPackage(1_000, "other").entries;
  const changes: Record<string, (entries: Manifest["entries"], i: number) => Manifest["entries"]> = {
    changed: (entries, i) => entries.with(i, other[i] as FileEntry),
    removed: (entries, i) => entries.toSpliced(i, 1),
    added: (entries, i) => entries.toSpliced(i + 1, 0, { ...(other[i] as FileEntry), path: `${entries[i]?.path}.bak` }),
    renamed: (entries, i) => entries.with(i, { ...(entries[i] as FileEntry), path: `${entries[i]?.path}x` }),
    none: (entries) => entries,
  };
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(changes)), fc.nat(999), (change, i) => {
      const next = encodeManifest({ ...held, entries: change(held.entries, i) });
      expect(wireBytes(base, next)).toBeLessThan(whole / 20);
    }),
    { numRuns: 10 },
  );
});

test("in a manifest of many parts, where a removal shifts all that follows, the delta stays small too", () => {
  const held = aPackage(20_000);
  const base = encodeManifest(held);
  expect(base.length).toBeGreaterThan(LIMITS.manifestPart);
  const whole = zstdCompressSync(base, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }).length;
  const next = encodeManifest({ ...held, entries: held.entries.toSpliced(7, 2_000).toSpliced(15_000, 1) });
  expect(wireBytes(base, next)).toBeLessThan(whole / 20);
});

test("the header of a part that no planner produces is refused", () => {
  const header = { packed: 10, length: 100, base: { from: 0, to: 100 } };
  const refused = [
    { ...header, length: LIMITS.manifestPart + 1 },
    { ...header, packed: 2 * LIMITS.manifestPart },
    { ...header, base: { from: 0, to: 2 * LIMITS.manifestPart + 1 } },
    { ...header, base: { from: 2 ** 60, to: 2 ** 60 } },
  ];
  for (const one of refused) expect(() => readPartHeader(writePartHeader(one))).toThrow(expect.objectContaining({ code: "FRAME_INVALID" }));
  expect(() => readPartHeader(new Uint8Array(PART_HEADER - 1))).toThrow(expect.objectContaining({ code: "FRAME_INVALID" }));
});
