import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SiteCounts } from "../../domain/recovery/site-counts.ts";
import { nativeSiteData } from "./native-site-data.ts";

const HIERARCHY =
  "sites: { ABC: { type: primary, server: S1 }, XYZ: { type: primary, server: S2 } }\nsystems: { S1: { site: ABC, roles: [] }, S2: { site: XYZ, roles: [] } }\n";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sitewright-count-"));
  await write("hierarchy.yaml", HIERARCHY);
});
afterEach(() => rm(folder, { recursive: true }));

async function write(path: string, text = "x"): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}
const count = async (code = "ABC"): Promise<SiteCounts | undefined> => (await nativeSiteData(folder).read()).counts.get(code);

test("a site's packages, programs, advertisements and folders with a file in them are counted, in whatever case they are written", async () => {
  for (const path of ["inboxes/PkgInfo.box/ABC00001.PKG", "inboxes/PkgInfo.box/ABC00001.nal", "inboxes/offerinf.box/ABC20001.ofr"])
    await write(`ABC/${path}`);
  await mkdir(join(folder, "ABC/logon/Sites"), { recursive: true });
  await write("packages/ABC00001/package.yaml", "distributionPoints: [");
  await write("packages/ABC00002");
  await write("packages/lost+found/a");
  expect(await count()).toEqual({ folders: 1, packages: 2, programs: 1, advertisements: 1 });
  expect(await count("XYZ")).toEqual({ folders: 0, packages: 0, programs: 0, advertisements: 0 });
});

test("what cannot be looked into is not counted as empty", async () => {
  await write("ABC/inboxes/offerinf.box/ABC20001.ofr");
  await write("packages/ABC00001/package.yaml", "distributionPoints: []\n");
  for (const place of ["packages", "ABC/inboxes/offerinf.box"]) {
    await rename(join(folder, place), join(folder, `away-${place.slice(0, 3)}`));
    await symlink(join(folder, `away-${place.slice(0, 3)}`), join(folder, place));
  }
  expect(await count()).toEqual({ folders: 1, programs: 0 });
  await rename(join(folder, "ABC"), join(folder, "elsewhere"));
  await symlink(join(folder, "elsewhere"), join(folder, "ABC"));
  expect(Object.keys((await count()) ?? {})).not.toContain("folders");
});
