import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeAgentFolders, makeSample } from "../../../../../scripts/sample/make-sample.ts";
import { openContentIndex } from "../content-index/content-index.ts";
import { nativeSiteData } from "./native-site-data.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "sitewright-sample-"))));
afterEach(() => rm(folder, { recursive: true }));

/** Manifest digests of all units of the site data: equal means equal names, bytes, times and modes. */
async function digests(siteData: string): Promise<Record<string, string>> {
  const { units, problems } = await nativeSiteData(siteData).read();
  expect(problems).toEqual([]);
  const index = await openContentIndex({ siteData, dataDir: `${siteData}-index` });
  try {
    const indexed = await Promise.all(
      units.map((unit) => index.index(unit, { witness: false, onProgress: () => {}, signal: AbortSignal.timeout(15_000) })),
    );
    return Object.fromEntries(indexed.map(({ unit, manifest }) => [unit.name, manifest]));
  } finally {
    await index.close();
  }
}

test("one seed makes one sample, which is whole, also over an earlier one; another seed makes another", async () => {
  for (const [name, seed] of [
    ["a", 7],
    ["b", 8],
    ["b", 7],
    ["c", 8],
  ] as const)
    await makeSample(join(folder, name), { seed });
  const first = await digests(join(folder, "a"));
  expect(Object.keys(first)).toHaveLength(11);
  expect(await digests(join(folder, "b"))).toEqual(first);
  const [a, c] = await Promise.all(["a", "c"].map((name) => readFile(join(folder, name, "packages/ABC00002/source/reader.msi"))));
  expect(c).toHaveLength(a?.length ?? 0);
  expect(c?.equals(a ?? new Uint8Array())).toBe(false);
});

test("the agents' folders hold what is old and damaged, and what clients and other sites keep", async () => {
  const siteData = join(folder, "data");
  const agents = join(folder, "agents");
  await makeSample(siteData, { seed: 1 });
  await makeAgentFolders(agents, { seed: 1, siteData });
  expect((await readdir(agents)).toSorted()).toEqual([".sitewright-sample", "DPABC", "DPPOR", "SRVABC", "SRVPOR", "SRVSEC"]);
  expect((await readdir(join(agents, "SRVSEC"))).toSorted()).toEqual(["cap", "dp", "logon-point"]);
  expect(await readdir(join(agents, "SRVSEC/logon-point/SMSLOGON/Sites"))).toEqual(expect.arrayContaining(["ABC", "SEC", "XYZ"]));
  expect(await readdir(join(agents, "SRVSEC/cap/CAP_SEC"))).toEqual(
    expect.arrayContaining(["ccr.box", "ddr.box", "inventry.box", "sinv.box", "statmsgs.box", "custom.box"]),
  );
  expect((await lstat(join(agents, "SRVABC/dp/ABC00003/left-over.lnk"))).isSymbolicLink()).toBe(true);
  expect(await readdir(join(agents, "DPPOR/dp"))).not.toContain("ABC00005");
});

test("a folder that holds something else is left alone", async () => {
  await mkdir(join(folder, "mine"));
  await writeFile(join(folder, "mine/thesis.txt"), "years of work");
  await expect(makeSample(join(folder, "mine"), { seed: 1 })).rejects.toThrow("holds something else than a sample");
  expect(await readdir(join(folder, "mine"))).toEqual(["thesis.txt"]);
});
