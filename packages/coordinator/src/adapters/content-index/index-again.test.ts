import { chmod, lstat, mkdir, rename, rm, symlink, truncate } from "node:fs/promises";
import { join } from "node:path";
import { manifestDigest } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import type { UnitSource } from "../../domain/sites/hierarchy.ts";
import { hashBytes } from "@sitewright/node-kit/hash";
import { OFFICE, openBench, settle, type Bench } from "../../../test-support/content-index-bench.ts";

const SOURCE = "packages/ABC00001/source";
const version = (sourceVersion: number): UnitSource => ({ ...OFFICE, sourceVersion });

async function aSettledTree(bench: Bench): Promise<void> {
  for (const name of ["a.bin", "sub/b.bin", "sub/c.bin"]) await bench.write(name, noise(5000, name.length));
  await symlink("a.bin", bench.at("link"));
  await settle();
}

test("an unchanged source is recognised as a whole, without checking its files one by one", async () => {
  await using bench = await openBench();
  await aSettledTree(bench);
  const first = await bench.run();
  bench.database((database) => database.exec("DELETE FROM files"));
  expect(await bench.run()).toEqual(first);
  expect(bench.filesRead()).toBe(0);
});

const changes: [what: string, change: (bench: Bench) => Promise<unknown>][] = [
  ["a new file", (bench) => bench.write("new", "x")],
  ["a new folder", (bench) => mkdir(bench.at("new"))],
  ["a removed file", (bench) => rm(bench.at("sub/c.bin"))],
  ["a removed link", (bench) => rm(bench.at("link"))],
  ["another name", (bench) => rename(bench.at("a.bin"), bench.at("A.bin"))],
  ["another mode", (bench) => chmod(bench.at("a.bin"), 0o600)],
  ["another mode of a folder", (bench) => chmod(bench.at("sub"), 0o700)],
  ["another content of the same size and time", (bench) => bench.write("sub/b.bin", noise(5000, 77))],
  ["another target", (bench) => rm(bench.at("link")).then(() => symlink("sub", bench.at("link")))],
];

test.each(changes)("%s is noticed", async (_, change) => {
  await using bench = await openBench();
  await aSettledTree(bench);
  const first = await bench.run();
  await change(bench);
  const { manifest } = await bench.run();
  expect(manifest).not.toBe(first.manifest);
  expect(manifestDigest(await bench.manifest(manifest), hashBytes)).toBe(manifest);
});

test("a stored manifest that was damaged or lost is made again", async () => {
  await using bench = await openBench();
  await aSettledTree(bench);
  const { manifest } = await bench.run();
  const stored = join(bench.dataDir, "manifests", manifest);
  const bytes = await bench.manifest(manifest);
  await truncate(stored, 20);
  expect((await bench.run()).manifest).toBe(manifest);
  expect(await bench.manifest(manifest)).toEqual(bytes);
  await rm(stored);
  expect((await bench.run()).manifest).toBe(manifest);
  expect(await bench.manifest(manifest)).toEqual(bytes);
});

test("versions are compared even if nothing changed, and stored at a rollout", async () => {
  await using bench = await openBench();
  await aSettledTree(bench);
  await bench.run(version(4), false);
  await expect(bench.run(version(4))).resolves.toMatchObject({ sourceVersion: 4 });
  expect(bench.filesRead()).toBe(0);
  expect(await bench.fault(version(3))).toMatchObject({ code: "VERSION_WENT_BACK" });
  await bench.write("a.bin", noise(5000, 99));
  expect(await bench.fault(version(4))).toMatchObject({ code: "CONTENT_CHANGED_WITHOUT_VERSION" });
});

/** Changed bytes with unchanged metadata, as a failing disk causes them. */
async function rot(bench: Bench, name: string): Promise<void> {
  await bench.write(name, noise(5000, 1234));
  const { ctimeNs, ino } = await lstat(bench.at(name), { bigint: true });
  bench.database((database) =>
    database.prepare("UPDATE files SET ctime_ns = ?, inode = ?, settled = 1 WHERE source = ?").run(ctimeNs, ino, `${SOURCE}/${name}`),
  );
}

test("rehash reads every byte, and detects changes without a trace in the metadata", async () => {
  await using bench = await openBench();
  await aSettledTree(bench);
  const first = await bench.run(version(1));
  await rot(bench, "a.bin");
  expect(await bench.run(version(1))).toEqual(first);
  expect(bench.filesRead()).toBe(0);
  await expect(bench.run(version(1), false, true)).rejects.toMatchObject({ code: "CONTENT_CHANGED_WITHOUT_VERSION" });
  const found = await bench.run(version(2), true, true);
  expect(found.manifest).not.toBe(first.manifest);
  expect(bench.filesRead()).toBe(3);
  await rot(bench, "sub/b.bin");
  expect(await bench.run(version(3), true, true)).toMatchObject({ altered: { files: 1, first: `${SOURCE}/sub/b.bin` } });
  // The bytes found are the known state from now on.
  await expect(bench.run(version(3), true, true)).resolves.not.toHaveProperty("altered");
});
