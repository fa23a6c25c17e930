import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { encodeManifestEntry, encodeManifestHead, recordAt, type ManifestEntry } from "@sitewright/protocol";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { unpackManifest } from "./unpacked-manifest.ts";

const DIGEST = "ab".repeat(32);

const file = (path: string, chunks: number): ManifestEntry => ({
  kind: "file",
  path,
  mode: 0o644,
  size: chunks * 1000,
  modified: 1,
  chunks: Array.from({ length: chunks }, (_, i) => ({ digest: (i % 256).toString(16).padStart(2, "0").repeat(32), size: 1000 })),
});

/** Stores the records as two zstd frames, cut at any place. */
function store(records: Uint8Array[]): string {
  const dataDir = temporaryFolder();
  mkdirSync(join(dataDir, "manifests"));
  const bytes = Buffer.concat(records);
  const halves = [bytes.subarray(0, bytes.length / 3), bytes.subarray(bytes.length / 3)];
  writeFileSync(join(dataDir, "manifests", DIGEST), Buffer.concat(halves.map((half) => zstdCompressSync(half))));
  return dataDir;
}

test("records are found one after another, whether smaller or larger than one read", async () => {
  const head = {
    unit: { role: "dp" as const, name: "ABC00001" },
    owned: [{ path: "ABC00001", kind: "folder" as const, rights: "clients-read" as const }],
  };
  const entries = [
    ...Array.from({ length: 20_000 }, (_, i) => file(`ABC00001/${i}`, i % 3)),
    file("ABC00001/x", 20_000),
    file("ABC00001/y", 1),
  ];
  const records = [encodeManifestHead(head), ...entries.map(encodeManifestEntry)];
  const dataDir = store(records);
  const manifest = await unpackManifest(dataDir, DIGEST);
  onTestFinished(() => manifest?.close());
  expect(readdirSync(join(dataDir, "unpacked"))).toEqual([]);
  let [at, count] = [0, 0];
  for (const record of manifest?.records() ?? []) {
    const whole = records[count++] ?? new Uint8Array();
    const place = recordAt(whole, 0);
    expect(Buffer.compare(record, whole.subarray(place?.from, place?.to))).toBe(0);
  }
  expect(count).toBe(records.length);
  count = 0;
  for (const { from, to, path } of manifest?.places() ?? []) {
    expect([from, to, path]).toEqual([at, at + (records[count]?.length ?? 0), count === 0 ? "" : entries[count - 1]?.path]);
    at = to;
    count += 1;
  }
  expect(count).toBe(records.length);
});

test("an unknown manifest, or an invalid digest, is undefined", async () => {
  const dataDir = store([]);
  expect(await unpackManifest(dataDir, "cd".repeat(32))).toBeUndefined();
  expect(await unpackManifest(dataDir, "../index.db")).toBeUndefined();
  expect(readdirSync(join(dataDir, "unpacked"))).toEqual([]);
});
