import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { asNobody } from "@sitewright/testkit/account";
import { nativeSiteData } from "./native-site-data.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "sitewright-places-"))));
afterEach(() => rm(folder, { recursive: true }));

async function write(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), path.endsWith("package.yaml") ? "distributionPoints: [SRV1]\n" : "x");
  }
}

const HIERARCHY = `
sites:
  ABC: { type: primary, server: SRV1 }
  SEC: { type: secondary, parent: ABC, server: SRV2 }
systems:
  SRV1: { site: ABC, roles: [cap, logon-point, dp] }
  SRV2: { site: SEC, roles: [cap, logon-point] }
`;

beforeEach(async () => {
  await writeFile(join(folder, "hierarchy.yaml"), HIERARCHY);
  await write("ABC/inboxes/offerinf.box/a.txt", "ABC/logon/Sites/ABC/a.txt", "SEC/inboxes/offerinf.box/s.txt", "SEC/logon/Sites/SEC/s.txt");
  for (const id of ["ABC00001", "ABC00002"]) await write(`packages/${id}/package.yaml`, `packages/${id}/source/a`);
});

/** Replaces a place by a link. */
async function link(place: string): Promise<void> {
  await rename(join(folder, place), join(folder, "elsewhere"));
  await symlink(join(folder, "elsewhere"), join(folder, place));
}

const read = () => nativeSiteData(folder).read();
const leftOut = async () =>
  (await read()).problems.filter((problem) => problem.leftOut).map(({ code, unit, path }) => [code, unit ?? "", path ?? ""].join(" "));

test("a package folder that is a link, or a file, is named as left out", async () => {
  await link("packages/ABC00002");
  await writeFile(join(folder, "packages/ABC00003"), "");
  expect(await leftOut()).toEqual(["SOURCE_LINK dp/ABC00002 packages/ABC00002", "SOURCE_KIND dp/ABC00003 packages/ABC00003"]);
  await symlink("nowhere", join(folder, "packages/ABC00004"));
  expect(await leftOut()).toContain("SOURCE_LINK dp/ABC00004 packages/ABC00004");
});

test("a packages folder that is a link, dangling or not, is named instead of being read as empty", async () => {
  await link("packages");
  expect(await leftOut()).toEqual(["SOURCE_LINK  packages"]);
  await rm(join(folder, "elsewhere"), { recursive: true });
  expect(await leftOut()).toEqual(["SOURCE_LINK  packages"]);
});

test("the source of a package that is a link is reported as such", async () => {
  await link("packages/ABC00001/source");
  expect(await leftOut()).toEqual(["SOURCE_LINK dp/ABC00001 packages/ABC00001/source"]);
});

test.for(["SEC", "SEC/inboxes", "SEC/logon"])(
  "a secondary site whose %s is a link is not served with its parent's files",
  async (place) => {
    await link(place);
    const { problems, servedBy, units } = await read();
    const expected =
      place === "SEC" ? ["cap/CAP_SEC", "logon-point/SMSLOGON@SEC"] : [place === "SEC/logon" ? "logon-point/SMSLOGON@SEC" : "cap/CAP_SEC"];
    const left = problems.filter((problem) => problem.leftOut);
    expect(left.map(({ code, unit, path }) => [code, unit, path])).toEqual(expected.map((unit) => ["SOURCE_LINK", unit, place]));
    // It stays assigned to its systems, so that runs and status name it there.
    for (const key of expected) {
      expect(servedBy.get(key)).toEqual(["SRV2"]);
      expect(units.map(({ unit }) => `${unit.role}/${unit.name}`)).not.toContain(key);
    }
  },
);

test("a link among the folders of a logon point excludes the logon point", async () => {
  await link("SEC/logon/Sites");
  expect(await leftOut()).toEqual(["SOURCE_LINK logon-point/SMSLOGON@SEC SEC/logon/Sites"]);
});

test("a link in place of the folder of a site's own logon files is refused when it is indexed, not replaced by other files", async () => {
  await link("SEC/logon/Sites/SEC");
  const { units } = await read();
  expect(units.find(({ unit }) => unit.name === "SMSLOGON@SEC")?.owned.map(({ source }) => source)).toContain("SEC/logon/Sites/SEC");
});

test("unreadable folders are named, each for its own unit, and the rest is read", async () => {
  await chmod(folder, 0o755);
  for (const place of ["SEC/inboxes", "packages/ABC00001"]) await chmod(join(folder, place), 0);
  try {
    expect(await asNobody(() => leftOut())).toEqual([
      "SOURCE_UNREADABLE cap/CAP_SEC SEC/inboxes",
      expect.stringMatching("dp/ABC00001 packages/ABC00001/"),
    ]);
  } finally {
    for (const place of ["SEC/inboxes", "packages/ABC00001"]) await chmod(join(folder, place), 0o700);
  }
});
