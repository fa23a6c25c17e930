import { mkdir, rename, rm, symlink } from "node:fs/promises";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import type { UnitSource } from "../../domain/sites/hierarchy.ts";
import { OFFICE, openBench, settle, type Bench } from "../../../test-support/content-index-bench.ts";
import { lookAtShare } from "./known-unit.ts";
import { FaultList } from "./walk/source-fault.ts";
import { createWalkMarks } from "./walk/walk-marks.ts";
import { walkSource } from "./walk/walk-source.ts";
import { createWalkSum } from "./walk/walk-sum.ts";

const context = (bench: Bench) => ({ root: bench.siteData, tick: () => {} });

/** Of all shares together; undefined if one is not available. */
function stampOf(bench: Bench, shares: number, source: UnitSource = OFFICE): string | undefined {
  const sum = createWalkSum();
  for (let number = 0; number < shares; number++) {
    const share = lookAtShare(source, context(bench), { number, of: shares });
    if (!share) return undefined;
    sum.addShare(share);
  }
  return sum.stamp();
}

test("the shares of a source add up to the whole, whatever it contains", async () => {
  await using bench = await openBench();
  for (const name of ["a", "b/1", "b/2/3", "c", "d/4", "e"]) await bench.write(name, name);
  await symlink("a", bench.at("link"));
  const { source } = OFFICE.owned[0] as UnitSource["owned"][number];
  const owned: UnitSource["owned"] = [...OFFICE.owned, { path: "one", kind: "file", rights: "clients-read", source: `${source}/e` }];
  const marks = createWalkMarks();
  for (const entry of walkSource(bench.siteData, owned, new FaultList())) marks.add(entry);
  for (const shares of [1, 2, 3, 10]) expect(stampOf(bench, shares, { ...OFFICE, owned })).toBe(marks.stamp());
});

test("two files that change places, and one that moves from share to share, are detected", async () => {
  await using bench = await openBench();
  for (const name of ["a/1", "a/2", "b/3"]) await bench.write(name, "same");
  const before = stampOf(bench, 2);
  await rename(bench.at("a/1"), bench.at("x"));
  await rename(bench.at("a/2"), bench.at("a/1"));
  await rename(bench.at("x"), bench.at("a/2"));
  const swapped = stampOf(bench, 2);
  await rename(bench.at("a/2"), bench.at("b/2"));
  expect(new Set([before, swapped, stampOf(bench, 2)]).size).toBe(3);
});

test("a share with any fault is left to the walk that reports it", async () => {
  await using bench = await openBench();
  await bench.write("a", "x");
  await symlink("/etc", bench.at("b"));
  expect(stampOf(bench, 2)).toBeUndefined();
  await rm(bench.at("b"));
  expect(stampOf(bench, 2)).toBeDefined();
  await rm(bench.at(""), { recursive: true });
  expect(stampOf(bench, 2)).toBeUndefined();
});

test("a source of many files is recognised by its shares, and read when any of them shows a change", async () => {
  await using bench = await openBench();
  await mkdir(bench.at("last"));
  for (let i = 0; i < 2000; i++) await bench.write(`${i % 10}/${i}`, `${i}`);
  await settle();
  const [first] = await Promise.all([bench.run(), bench.run()]);
  bench.database((database) => database.exec("DELETE FROM files WHERE source LIKE '%/7'"));
  expect(await bench.run()).toEqual(first);
  expect(bench.filesRead()).toBe(0);
  await bench.write("3/3", noise(100, 1));
  expect((await bench.run()).manifest).not.toBe(first.manifest);
  await symlink("/etc", bench.at("last/away"));
  expect(await bench.fault()).toMatchObject({ code: "SOURCE_LINK" });
});
