import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeAgentFolders, makeSample } from "../../../../../scripts/sample/make-sample.ts";
import { openContentIndex } from "../content-index/content-index.ts";
import { nativeSiteData } from "./native-site-data.ts";

/** Holds a sample of seed 7 in `a`. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sitewright-sample-"));
  await makeSample(join(folder, "a"), { seed: 7 });
});
afterAll(() => rm(folder, { recursive: true }));

/** Manifest digests of all units of the site data: equal means equal names, bytes, times and modes. */
async function digests(siteData: string): Promise<Record<string, string>> {
  const { root, units, problems } = await nativeSiteData(siteData).read();
  expect(problems).toEqual([]);
  const index = await openContentIndex({ siteData, dataDir: `${siteData}-index` });
  try {
    const indexed = await Promise.all(
      units.map((unit) =>
        index.index(unit, {
          root,
          witness: false,
          rehash: false,
          acceptOlder: false,
          onProgress: () => {},
          signal: AbortSignal.timeout(15_000),
        }),
      ),
    );
    return Object.fromEntries(indexed.map(({ unit, manifest }) => [unit.name, manifest]));
  } finally {
    await index.close();
  }
}

test("one seed makes one sample, complete, also over an earlier one; another seed makes another", async () => {
  const first = await digests(join(folder, "a"));
  expect(Object.keys(first)).toHaveLength(11);
  const another = join(folder, "b");
  const reader = (): Promise<Uint8Array> => readFile(join(another, "packages/ABC00002/source/reader.msi"));
  await makeSample(another, { seed: 8 });
  const other = await reader();
  await makeSample(another, { seed: 7 });
  expect(await digests(another)).toEqual(first);
  expect(other).toHaveLength((await reader()).length);
  expect(other).not.toEqual(await reader());
});

test("the agents' folders hold old and damaged content, and what clients and other sites keep", async () => {
  const agents = join(folder, "agents");
  await makeAgentFolders(agents, { seed: 7, siteData: join(folder, "a") });
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
