import { chmod, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { hashBytes } from "@sitewright/node-kit/hash";
import { decodeManifest, manifestDigest } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { pinnedNoise } from "@sitewright/testkit/pinned-noise";
import { OFFICE, openBench, settle } from "../../../test-support/content-index-bench.ts";

test("the manifest of a fixed tree is pinned", async () => {
  await using bench = await openBench();
  await bench.write("setup.sh", "#!/bin/sh\n", 0o755);
  await bench.write("cabs/program.cab", pinnedNoise(300_000, 1));
  await bench.write("cabs/empty.log", "", 0o444);
  await symlink("cabs/program.cab", bench.at("latest.cab"));
  await chmod(bench.at("cabs"), 0o755);
  const indexed = await bench.run();
  expect(indexed).toMatchObject({ unit: OFFICE.unit, files: 3, sourceBytes: 300_010, sourceVersion: 0 });
  const bytes = await bench.manifest(indexed.manifest);
  expect(bytes).toHaveLength(indexed.manifestBytes);
  expect(manifestDigest(bytes ?? new Uint8Array(), hashBytes)).toBe(indexed.manifest);
  const { entries } = decodeManifest(bytes ?? new Uint8Array());
  expect(entries.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
    "folder ABC00001/cabs",
    "file ABC00001/cabs/empty.log",
    "file ABC00001/cabs/program.cab",
    "link ABC00001/latest.cab",
    "file ABC00001/setup.sh",
  ]);
  expect(entries.at(-1)).toMatchObject({ mode: 0o755, modified: Date.parse("2001-06-25T08:00:00.123Z"), size: 10 });
  expect(indexed.manifest).toBe("50d2085871ac091535d6a205400d7e85a36b477823c090f82e5f9409a4f3042a");
});

test("what did not change is not read again, also by an index that is opened again", async () => {
  await using bench = await openBench();
  for (let i = 0; i < 20; i++) await bench.write(`many/file-${i}`, pinnedNoise(5000, i + 1));
  await settle();
  const first = await bench.run();
  expect(bench.filesRead()).toBe(20);
  expect(await bench.run()).toEqual(first);
  expect(bench.filesRead()).toBe(0);
  await bench.write("many/file-7", pinnedNoise(5000, 99));
  expect((await bench.run()).manifest).not.toBe(first.manifest);
  expect(bench.filesRead()).toBe(1);
});

test("a file that was replaced by one of the same size and time is read again", async () => {
  await using bench = await openBench();
  await bench.write("a.bin", pinnedNoise(5000, 1));
  await settle();
  const first = await bench.run();
  await bench.write("a.bin", pinnedNoise(5000, 2));
  expect((await bench.run()).manifest).not.toBe(first.manifest);
});

test("text is estimated as compressible and noise is not", async () => {
  await using bench = await openBench();
  await bench.write("text.txt", "the same words again and again\n".repeat(20_000));
  const text = await bench.run();
  expect(text.packedBytes).toBeLessThan(text.sourceBytes / 10);
  await bench.write("text.txt", pinnedNoise(600_000, 3));
  const random = await bench.run();
  expect(random.packedBytes).toBe(random.sourceBytes);
});

test("progress is reported at most four times per second, and cancelling stops the work", async () => {
  await using bench = await openBench();
  for (let i = 0; i < 8; i++) await bench.write(`big-${i}.bin`, pinnedNoise(1_000_000, 7));
  const seen: number[] = [];
  const started = performance.now();
  await bench.index.index(OFFICE, {
    root: bench.siteData,
    witness: true,
    rehash: false,
    acceptOlder: false,
    onProgress: () => seen.push(performance.now()),
    signal: AbortSignal.timeout(20_000),
  });
  expect(seen.length).toBeLessThanOrEqual(Math.ceil((performance.now() - started) / 250));
  for (let i = 0; i < 8; i++) await bench.write(`big-${i}.bin`, pinnedNoise(1_000_000, 9));
  const controller = new AbortController();
  const cancelled = bench.index.index(OFFICE, {
    root: bench.siteData,
    witness: true,
    rehash: false,
    acceptOlder: false,
    onProgress: () => {},
    signal: controller.signal,
  });
  controller.abort();
  await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(bench.run()).resolves.toMatchObject({ files: 8 });
});

test("an unknown manifest, or an invalid digest, is undefined", async () => {
  await using bench = await openBench();
  for (const digest of ["0".repeat(64), "../index.db", ""]) {
    expect(await bench.index.openManifest(digest, [], 0)).toBeUndefined();
    expect(await bench.index.openChunks(digest)).toBeUndefined();
  }
});

test("a manifest exists completely or not at all", async () => {
  await using bench = await openBench();
  await bench.write("a.bin", pinnedNoise(4000, 1));
  const { manifest } = await bench.run();
  expect(await readdir(join(bench.dataDir, "manifests"))).toEqual([manifest]);
});
