import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { PACKAGE, PACKAGE_FOLDER, release } from "../../../test-support/disk-fixture.ts";
import { createManifestStore } from "./manifest-store.ts";

const dataDir = mkdtempSync(join(tmpdir(), "sitewright-manifests-"));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
const made = release(
  PACKAGE,
  PACKAGE_FOLDER,
  Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`ABC00001/f${i}`, `content ${i}`])),
);

test("A manifest that arrived in parts, over two attempts, is read in windows that make up the whole", () => {
  const first = createManifestStore(dataDir);
  {
    using receipt = first.receive(made.digest, made.bytes.length);
    receipt.append(made.bytes.subarray(0, 100_001));
  }
  expect(first.open(made.digest)).toBeUndefined();
  const store = createManifestStore(dataDir);
  using receipt = store.receive(made.digest, made.bytes.length);
  expect(receipt.length()).toBe(100_001);
  receipt.append(made.bytes.subarray(100_001));
  using held = receipt.finish();
  const windows = [...held.windows()];
  expect(windows.length).toBeGreaterThan(1);
  expect(windows.flatMap((window) => window.entries)).toEqual(made.manifest.entries);
  expect(windows.map((window) => window.first)).toEqual([0, 4096]);
  expect(held).toMatchObject({ entries: 5000, totals: { files: 5000, chunks: 5000 }, head: { unit: PACKAGE } });
  expect(Buffer.from(held.read(5, 50))).toEqual(Buffer.from(made.bytes.subarray(5, 50)));
});

test("Received bytes that do not match the digest are refused, and removed", () => {
  const store = createManifestStore(dataDir);
  const other = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha" });
  using receipt = store.receive(other.digest, other.bytes.length);
  receipt.append(made.bytes);
  expect(() => receipt.finish()).toThrow(expect.objectContaining({ code: "HASH_MISMATCH" }) as Error);
  using again = store.receive(other.digest, other.bytes.length);
  expect(again.length()).toBe(0);
  expect(() => again.append(Buffer.alloc(100, 0xff))).toThrow(expect.objectContaining({ code: "MANIFEST_INVALID" }) as Error);
});

test("A file that was changed on the disk counts as missing", () => {
  const store = createManifestStore(dataDir);
  store.open(made.digest)?.[Symbol.dispose]();
  writeFileSync(join(dataDir, "manifests", made.digest), made.bytes.subarray(0, 5000));
  expect(store.open(made.digest)).toBeUndefined();
});

test("Unreferenced manifests are removed, but never those in use at that moment", () => {
  const store = createManifestStore(dataDir);
  using receipt = store.receive(made.digest, made.bytes.length);
  receipt.append(made.bytes.subarray(receipt.length()));
  const held = receipt.finish();
  store.keepOnly(new Set());
  expect(store.open(made.digest)?.[Symbol.dispose]()).toBeUndefined();
  expect([...held.windows()].length).toBe(2);
  held[Symbol.dispose]();
  receipt[Symbol.dispose]();
  store.keepOnly(new Set());
  expect(readdirSync(join(dataDir, "manifests"))).toEqual([]);
});
