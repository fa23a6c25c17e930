import { createHash } from "node:crypto";
import { Blake3Hasher } from "@napi-rs/blake-hash";
import { expect, test } from "vitest";
import {
  decodeManifest,
  encodeManifest,
  manifestChunks,
  manifestDigest,
  manifestTotals,
  type Manifest,
  type ManifestEntry,
} from "../index.ts";

const blake3 = (bytes: Uint8Array) => new Blake3Hasher().update(Buffer.from(bytes)).digestBuffer();
const chunk = (name: string, size: number) => ({ digest: createHash("sha256").update(name).digest("hex"), size });

function aManifest(overrides: Partial<Manifest> = {}): Manifest {
  return {
    unit: { role: "dp", name: "ABC00001" },
    owned: [{ path: "ABC00001", kind: "folder", rights: "clients-read" }],
    entries: [
      { kind: "folder", path: "ABC00001/bin", mode: 0o755 },
      {
        kind: "file",
        path: "ABC00001/bin/setup.exe",
        mode: 0o755,
        size: 300,
        modified: 1_000_000_000_123,
        chunks: [chunk("a", 100), chunk("b", 200)],
      },
      { kind: "link", path: "ABC00001/latest", target: "bin/setup.exe" },
      { kind: "file", path: "ABC00001/readme.txt", mode: 0o644, size: 0, modified: 0, chunks: [] },
    ],
    ...overrides,
  };
}

const withEntries = (...entries: ManifestEntry[]) => aManifest({ entries });
const file = (path: string, overrides = {}): ManifestEntry => ({
  kind: "file",
  path,
  mode: 0o644,
  size: 5,
  modified: 1,
  chunks: [chunk(path, 5)],
  ...overrides,
});
const folder = (path: string): ManifestEntry => ({ kind: "folder", path, mode: 0o755 });

test("decoding an encoded manifest yields the same manifest", () => {
  expect(decodeManifest(encodeManifest(aManifest()))).toEqual(aManifest());
});

test("the digest of a manifest is pinned: equal manifests are equal on every system and in every release", () => {
  expect(manifestDigest(encodeManifest(aManifest()), blake3)).toBe("7968778aeeb1cb75ddecd0bdf6e5d777d3947d006b7ec3a615363781e2d60c33");
});

test("the digest changes with content, mode, time, name and link target", () => {
  const digests = [
    aManifest(),
    withEntries(file("ABC00001/a")),
    withEntries(file("ABC00001/a", { mode: 0o600 })),
    withEntries(file("ABC00001/a", { modified: 2 })),
    withEntries(file("ABC00001/b")),
    withEntries({ kind: "link", path: "ABC00001/a", target: "b" }),
    withEntries({ kind: "link", path: "ABC00001/a", target: "c" }),
  ].map((manifest) => manifestDigest(encodeManifest(manifest), blake3));
  expect(new Set(digests).size).toBe(digests.length);
});

test("chunks are numbered through all files, each with its offset", () => {
  expect([...manifestChunks(aManifest())].map(({ ordinal, file: { path }, offset, size }) => [ordinal, path, offset, size])).toEqual([
    [0, "ABC00001/bin/setup.exe", 0, 100],
    [1, "ABC00001/bin/setup.exe", 100, 200],
  ]);
  expect(manifestTotals(aManifest())).toEqual({ files: 2, bytes: 300, chunks: 2 });
});

const refused: [why: string, code: string, manifest: Manifest][] = [
  ["an entry that climbs out", "UNSAFE_PATH", withEntries(file("ABC00001/../x"))],
  ["an absolute entry", "UNSAFE_PATH", withEntries(file("/x"))],
  ["a device name", "UNSAFE_PATH", withEntries(file("ABC00001/con"))],
  ["an entry in another package", "NOT_OWNED", withEntries(file("ABC00002/x"))],
  ["an entry in place of the owned folder", "NOT_OWNED", withEntries(file("ABC00001"))],
  ["a folder that the unit may not own", "NOT_OWNED", aManifest({ owned: [{ path: "ABC00002", kind: "folder", rights: "clients-read" }] })],
  ["an unknown kind of unit", "MANIFEST_INVALID", aManifest({ unit: { role: "dp", name: "office" } })],
  ["a link that leaves the owned folder", "UNSAFE_PATH", withEntries({ kind: "link", path: "ABC00001/l", target: "../x" })],
  [
    "a link that leaves the owned folder by way of another",
    "UNSAFE_PATH",
    withEntries(
      folder("ABC00001/d"),
      { kind: "link", path: "ABC00001/d/b", target: ".." },
      { kind: "link", path: "ABC00001/d/l", target: "b/../../x" },
    ),
  ],
  ["a link that leads to itself", "UNSAFE_PATH", withEntries({ kind: "link", path: "ABC00001/l", target: "l" })],
  ["entries out of order", "MANIFEST_INVALID", withEntries(file("ABC00001/b"), file("ABC00001/a"))],
  ["an entry twice", "MANIFEST_INVALID", withEntries(file("ABC00001/a"), file("ABC00001/a"))],
  ["names that differ by case only", "MANIFEST_INVALID", withEntries(file("ABC00001/A"), file("ABC00001/a"))],
  ["names that are one on NTFS", "MANIFEST_INVALID", withEntries(file("ABC00001/\u03c2"), file("ABC00001/\u03c3"))],
  ["a file without its folder", "MANIFEST_INVALID", withEntries(file("ABC00001/a/b"))],
  ["a file below a file", "MANIFEST_INVALID", withEntries(file("ABC00001/a"), file("ABC00001/a/b"))],
  [
    "a file below a link",
    "MANIFEST_INVALID",
    withEntries({ kind: "link", path: "ABC00001/a", target: "b" }, file("ABC00001/a/x"), folder("ABC00001/b")),
  ],
  ["chunks that do not add up", "MANIFEST_INVALID", withEntries(file("ABC00001/a", { size: 6, chunks: [chunk("x", 2), chunk("y", 3)] }))],
  ["a set-user-id mode", "MANIFEST_INVALID", withEntries(file("ABC00001/a", { mode: 0o4755 }))],
  ["nothing owned", "MANIFEST_INVALID", aManifest({ owned: [], entries: [] })],
];

test.each(refused)("a manifest with %s is refused with %s", (_, code, manifest) => {
  expect(() => decodeManifest(encodeManifest(manifest))).toThrow(expect.objectContaining({ code }));
});

test("a manifest cut at any place is refused or is a shorter one with another digest", () => {
  const bytes = encodeManifest(aManifest());
  const outcome = (cut: Uint8Array): string => {
    try {
      decodeManifest(cut);
      return manifestDigest(cut, blake3);
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const outcomes = Array.from({ length: bytes.length }, (_, length) => outcome(bytes.subarray(0, length)));
  expect(outcomes).not.toContain(manifestDigest(bytes, blake3));
  expect(outcomes.every((found) => found === "MANIFEST_INVALID" || /^[0-9a-f]{64}$/.test(found))).toBe(true);
  expect(outcomes.filter((found) => found === "MANIFEST_INVALID").length).toBeGreaterThan(bytes.length / 2);
});
