import { Blake3Hasher } from "@napi-rs/blake-hash";
import fc from "fast-check";
import { expect, test } from "vitest";
import { attempt } from "../../test-support/attempt.ts";
import { cutAt, shares } from "../../test-support/bytes.ts";
import { manifests } from "../../test-support/manifests.ts";
import {
  createManifestDigester,
  createManifestReader,
  decodeManifest,
  encodeManifest,
  manifestDigest,
  type Manifest,
  type ManifestEntry,
} from "../index.ts";

const blake3 = (bytes: Uint8Array) => new Blake3Hasher().update(Buffer.from(bytes)).digestBuffer();

test("the parts of any manifest against any other, from any offset, cover its bytes, keep to the limit and decompress to them", () => {
  fc.assert(
    fc.property(manifests, (manifest) => {
      const bytes = encodeManifest(manifest);
      const read = decodeManifest(bytes);
      expect(read).toEqual(manifest);
      expect(encodeManifest(read)).toEqual(bytes);
    }),
    { numRuns: 150 },
  );
});

test("entries in any other than the canonical order are refused", () => {
  const shuffled = manifests
    .filter(({ entries }) => entries.length > 1)
    .chain((manifest) =>
      fc.shuffledSubarray(manifest.entries, { minLength: manifest.entries.length }).map((entries) => ({ manifest, entries })),
    )
    .filter(({ manifest, entries }) => entries.some((entry, i) => entry !== manifest.entries[i]));
  fc.assert(
    fc.property(shuffled, ({ manifest, entries }) => {
      const outOfOrder: Manifest = { ...manifest, entries };
      expect(() => decodeManifest(encodeManifest(outOfOrder))).toThrow(expect.objectContaining({ code: "MANIFEST_INVALID" }));
    }),
    { numRuns: 60 },
  );
});

test("a manifest that arrives in parts of any size is read and digested like the whole one", () => {
  fc.assert(
    fc.property(manifests, shares, (manifest, places) => {
      const bytes = encodeManifest(manifest);
      const reader = createManifestReader();
      const digester = createManifestDigester(blake3, blake3Hasher());
      const entries: ManifestEntry[] = [];
      for (const part of cutAt(bytes, places)) {
        entries.push(...reader.push(part));
        digester.push(part);
      }
      expect({ ...reader.end(), entries }).toEqual(manifest);
      expect(digester.digest()).toBe(manifestDigest(bytes, blake3));
    }),
    { numRuns: 150 },
  );
});

test("flipping any bit makes a manifest invalid or changes its digest", () => {
  fc.assert(
    fc.property(manifests, fc.nat(), fc.nat(7), (manifest, place, bit) => {
      const bytes = encodeManifest(manifest);
      const digest = manifestDigest(bytes, blake3);
      const at = place % bytes.length;
      bytes[at] = (bytes[at] as number) ^ (1 << bit);
      expect(outcome(bytes)).not.toBe(digest);
    }),
    { numRuns: 300 },
  );
});

test("arbitrary bytes are refused with a known code or are a manifest", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), manifests, fc.boolean(), (garbage, manifest, behind) => {
      const bytes = behind ? Buffer.concat([encodeManifest(manifest), garbage]) : garbage;
      expect(outcome(bytes)).toMatch(/^([0-9a-f]{64}|MANIFEST_INVALID|UNSAFE_PATH|NOT_OWNED)$/);
    }),
    { numRuns: 150 },
  );
});

test("a length in a longer form than necessary is refused: different bytes are different manifests", () => {
  const bytes = encodeManifest({
    unit: { role: "dp", name: "ABC00001" },
    owned: [{ path: "ABC00001", kind: "folder", rights: "clients-read" }],
    entries: [],
  });
  const longer = Uint8Array.from([(bytes[0] as number) | 0x80, 0, ...bytes.subarray(1)]);
  expect(outcome(longer)).toBe("MANIFEST_INVALID");
});

test("encoding and decoding a file beyond 4 GiB yields the same file; a chunk beyond the largest is refused", () => {
  const entry = { kind: "file", path: "ABC00001/big", mode: 0o644, modified: 1 } as const;
  const withChunk = (count: number, size: number): Manifest => ({
    unit: { role: "dp", name: "ABC00001" },
    owned: [{ path: "ABC00001", kind: "folder", rights: "clients-read" }],
    entries: [{ ...entry, size: count * size, chunks: Array.from({ length: count }, () => ({ digest: "ab".repeat(32), size })) }],
  });
  const large = withChunk(16_400, 256 * 1024);
  expect(decodeManifest(encodeManifest(large))).toEqual(large);
  expect(outcome(encodeManifest(withChunk(1, 256 * 1024 + 1)))).toBe("MANIFEST_INVALID");
});

/** Its digest, or the code it is refused with. */
function outcome(bytes: Uint8Array): string {
  return attempt(() => {
    decodeManifest(bytes);
    return manifestDigest(bytes, blake3);
  });
}

function blake3Hasher() {
  const hasher = new Blake3Hasher();
  return { update: (bytes: Uint8Array) => hasher.update(Buffer.from(bytes)), digest: () => hasher.digestBuffer() };
}
