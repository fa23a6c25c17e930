import { mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nativeSiteData } from "./native-site-data.ts";

let folder: string;
beforeEach(async () => void (folder = await realpath(await mkdtemp(join(tmpdir(), "sitewright-link-")))));
afterEach(() => rm(folder, { recursive: true }));

async function snapshot(name: string, version: number): Promise<void> {
  const source = join(folder, name, "packages/ABC00001/source");
  await mkdir(source, { recursive: true });
  await writeFile(join(source, "a"), String(version));
  await writeFile(join(folder, name, "packages/ABC00001/package.yaml"), `sourceVersion: ${version}\ndistributionPoints: [SRV1]\n`);
  const hierarchy = "sites: { ABC: { type: primary, server: SRV1 } }\nsystems: { SRV1: { site: ABC, roles: [dp] } }\n";
  await writeFile(join(folder, name, "hierarchy.yaml"), hierarchy);
}

/** As deployments do: atomically. */
async function lead(to: string): Promise<void> {
  await symlink(to, join(folder, "next"));
  await rename(join(folder, "next"), join(folder, "site"));
}

test("each reading resolves the link to the site data once, and states its target", async () => {
  await snapshot("snap1", 1);
  await snapshot("snap2", 2);
  await lead("snap1");
  const siteData = nativeSiteData(join(folder, "site"));
  const first = await siteData.read();
  expect([first.root, first.units[0]?.sourceVersion]).toEqual([join(folder, "snap1"), 1]);
  const revision = await siteData.revision();
  await lead("snap2");
  expect(await siteData.revision()).not.toBe(revision);
  expect(await siteData.root()).toBe(join(folder, "snap2"));
  const second = await siteData.read();
  expect([second.root, second.units[0]?.sourceVersion]).toEqual([join(folder, "snap2"), 2]);
  // Places of the first reading are checked in its own folder.
  await rm(join(folder, "snap2/packages/ABC00001/source/a"));
  const place = "packages/ABC00001/source";
  expect((await siteData.look(first, [place])).get(place)?.is).toBe("filled");
  expect((await siteData.look(second, [place])).get(place)?.is).toBe("empty");
});

test("a dangling link to the site data is reported as such", async () => {
  await lead("nowhere");
  const siteData = nativeSiteData(join(folder, "site"));
  await expect(siteData.read()).rejects.toMatchObject({
    code: "SITE_DATA_INVALID",
    message: expect.stringContaining("is its disk mounted?") as string,
  });
});
