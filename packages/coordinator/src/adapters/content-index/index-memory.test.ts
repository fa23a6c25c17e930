import { readdir, rename, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { decodeManifest } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import type { UnitSource } from "../../domain/sites/hierarchy.ts";
import { OFFICE, openBench } from "../../../test-support/content-index-bench.ts";

const version = (sourceVersion: number): UnitSource => ({ ...OFFICE, sourceVersion });

test("deleted files are removed from the index, and no others", async () => {
  await using bench = await openBench();
  for (const name of ["a.bin", "sub/b.bin", "sub/c.bin"]) await bench.write(name, noise(5000, name.length));
  await bench.run();
  await rm(bench.at("a.bin"));
  await rename(bench.at("sub/b.bin"), bench.at("sub/d.bin"));
  await bench.run();
  const known = bench.database((database) => database.prepare("SELECT source FROM files ORDER BY source").all());
  expect(known.map(({ source }) => source)).toEqual(["sub/c.bin", "sub/d.bin"].map((name) => `packages/ABC00001/source/${name}`));
});

test("data of another index layout are made again, but no version is forgotten", async () => {
  await using bench = await openBench();
  await bench.write("a.bin", noise(5000, 1));
  await bench.run(version(5));
  await bench.index.close();
  bench.database((database) => database.exec("PRAGMA user_version = 1; DROP TABLE manifests; CREATE TABLE manifests (other TEXT)"));
  await using again = await bench.reopen();
  await expect(again.run(version(5))).resolves.toMatchObject({ files: 1 });
  expect(again.filesRead()).toBe(1);
  expect(await again.fault(version(4))).toMatchObject({ code: "VERSION_WENT_BACK" });
});

test.each(["{", "null", '{"indexed":{"manifest":"x"}}'])("an invalid stored unit (%s) is indexed again", async (outcome) => {
  await using bench = await openBench();
  await bench.write("a.bin", noise(5000, 1));
  const { manifest } = await bench.run(version(5));
  await bench.run(version(5));
  bench.database((database) => database.prepare("UPDATE units SET outcome = ?").run(outcome));
  await expect(bench.run(version(5))).resolves.toMatchObject({ manifest, files: 1 });
  const stored = bench.database((database) => database.prepare("SELECT outcome FROM units").get());
  expect(String(stored?.outcome)).toContain(manifest);
});

test("the newest three manifests of a unit are kept, and those used in the last thirty days", async () => {
  await using bench = await openBench();
  const made: string[] = [];
  for (let i = 0; i < 6; i++) {
    await bench.write("a.bin", noise(5000, i + 1));
    made.push((await bench.run()).manifest);
  }
  await bench.index.close();
  const days = (count: number) => Date.now() - count * 24 * 60 * 60 * 1000;
  bench.database((database) => {
    const update = database.prepare("UPDATE manifests SET used = ? WHERE digest = ?");
    for (const [i, digest] of made.entries()) update.run(days(i === 0 ? 29 : 60 - i), digest);
  });
  const folder = join(bench.dataDir, "manifests");
  for (const digest of made) await utimes(join(folder, digest), 0, 0);
  await using again = await bench.reopen();
  await again.write("a.bin", noise(5000, 50));
  const { manifest } = await again.run();
  await expect.poll(() => readdir(folder)).toHaveLength(3);
  expect(new Set(await readdir(folder))).toEqual(new Set([manifest, made[0], made[5]]));
  expect(decodeManifest(await again.manifest(manifest)).entries).toHaveLength(1);
  expect(await again.index.openChunks(made[2] ?? "")).toBeUndefined();
});
