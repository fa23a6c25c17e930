import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { asNobody, isRoot } from "@sitewright/testkit/account";
import type { System } from "../../domain/sites/hierarchy.ts";
import { nativeSiteData } from "./native-site-data.ts";
import { createPointCheck } from "./package-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sitewright-packages-"));
  await write(
    "hierarchy.yaml",
    "sites: { ABC: { type: primary, server: SRV1 } }\nsystems: { SRV1: { site: ABC, roles: [dp] }, CAP1: { site: ABC, roles: [cap] } }",
  );
});
afterEach(() => rm(folder, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

async function packageFor(id: string, points: string): Promise<void> {
  await write(`packages/${id}/package.yaml`, `distributionPoints: [${points}]`);
  await write(`packages/${id}/source/a.txt`, "a");
}

const read = () => nativeSiteData(folder).read();
const packageProblems = async () => (await read()).problems.filter(({ path }) => path?.startsWith("packages"));

test("folders that file systems and storage appliances keep beside the packages are one note and not a failure", async () => {
  await packageFor("ABC00001", "SRV1");
  const names = ["lost+found", "System Volume Information", "$RECYCLE.BIN", ".snapshot", "@eaDir", ".Trash-1000", "abc00001"];
  for (const name of names) await mkdir(join(folder, "packages", name), { mode: 0o700 });
  expect(await packageProblems()).toEqual([
    {
      code: "NOT_A_PACKAGE",
      message:
        'packages/ also holds "$RECYCLE.BIN", ".Trash-1000", ".snapshot", "@eaDir", "System Volume Information", 2 more: no package id, no package.yaml, so not read',
      path: "packages",
      leftOut: false,
    },
  ]);
});

test("a folder beside the packages that is closed to the coordinator's account, as lost+found is, is one note and not a failure", async () => {
  await packageFor("ABC00001", "SRV1");
  await mkdir(join(folder, "packages/lost+found"), { mode: 0o700 });
  if (isRoot) execFileSync("chmod", ["-R", "a+rX", folder]);
  await chmod(join(folder, "packages/lost+found"), isRoot ? 0o700 : 0);
  expect(await asNobody(packageProblems)).toMatchObject([{ code: "NOT_A_PACKAGE", path: "packages", leftOut: false }]);
});

test("a folder with a package.yaml and a name that is not a package id was meant as a package, and is left out", async () => {
  await packageFor("Office", "SRV1");
  expect(await packageProblems()).toMatchObject([{ code: "SITE_DATA_INVALID", path: "packages/Office", leftOut: true }]);
});

test("a package that names a system the hierarchy lacks is served by its other distribution points, with a problem", async () => {
  await packageFor("ABC00001", "SRV1, OLDDP, CAP1");
  const { servedBy, problems } = await read();
  expect(servedBy.get("dp/ABC00001")).toEqual(["SRV1"]);
  expect(problems.filter(({ unit }) => unit === "dp/ABC00001")).toEqual([
    {
      code: "DISTRIBUTION_POINT_UNKNOWN",
      message: [
        'ABC00001 is missing on some distribution points: packages/ABC00001/package.yaml:1: the distribution point "OLDDP" is not a system of hierarchy.yaml',
        'packages/ABC00001/package.yaml:1: the distribution point "CAP1" has no role dp: add it in hierarchy.yaml, or leave CAP1 out here',
      ].join("\n"),
      unit: "dp/ABC00001",
      path: "packages/ABC00001/package.yaml",
      leftOut: false,
    },
  ]);
});

test("a package whose distribution points are all unknown is left out, and one without any is assigned to no system", async () => {
  await packageFor("ABC00001", "OLDDP");
  await packageFor("ABC00002", "");
  const { servedBy, problems } = await read();
  expect([...servedBy.keys()]).not.toContain("dp/ABC00001");
  expect(problems.filter(({ path }) => path?.startsWith("packages"))).toMatchObject([
    { code: "DISTRIBUTION_POINT_UNKNOWN", unit: "dp/ABC00001", leftOut: true },
  ]);
});

test("one renamed system in hundreds of packages costs one search for a similar name", () => {
  const dp = (name: string): [string, System] => [name, { name, site: "ABC", roles: ["dp"] }];
  const systems = new Map(Array.from({ length: 10_000 }, (_, i) => dp(`DP${String(i).padStart(5, "0")}`)));
  const check = createPointCheck({ sites: new Map(), addresses: new Map(), systems });
  const before = process.threadCpuUsage();
  const found = Array.from({ length: 500 }, () => check("package.yaml", [{ name: "DP0000X", line: 1 }]));
  const { user, system } = process.threadCpuUsage(before);
  expect(found.every(({ faults }) => faults[0]?.message.endsWith('did you mean "DP00000"?'))).toBe(true);
  // A search for each takes more than 5 s.
  expect((user + system) / 1000).toBeLessThan(1_000);
});
