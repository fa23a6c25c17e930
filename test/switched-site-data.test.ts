import { cpSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFleet, type Fleet } from "./support/fleet.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["dp"] } },
    packages: { ABC00001: { files: { "a.txt": "one", "b.txt": "both" }, version: 1 } },
    prepare({ siteData }) {
      renameSync(siteData, `${siteData}-1`);
      cpSync(`${siteData}-1`, `${siteData}-2`, { recursive: true, preserveTimestamps: true });
      const newer = join(`${siteData}-2`, "packages/ABC00001");
      writeFileSync(join(newer, "source/a.txt"), "two");
      writeFileSync(join(newer, "package.yaml"), "sourceVersion: 2\ndistributionPoints: [SRVABC]\n");
      symlinkSync("site-data-1", siteData);
    },
  });
  await fleet.sitewright("rebuild");
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

const served = (): string => readFileSync(join(fleet.agent("SRVABC").root("dp"), "ABC00001/a.txt"), "utf8");

/** Switches the link to the site data, as deployments do. */
function lead(to: string): void {
  symlinkSync(to, join(fleet.folder, "next"));
  renameSync(join(fleet.folder, "next"), fleet.siteData);
}

test("a rebuild after the link to the site data was switched uses version and bytes of the newer snapshot", async () => {
  expect(served()).toBe("one");
  lead("site-data-2");
  expect((await fleet.sitewright("rebuild")).code).toBe(0);
  expect(served()).toBe("two");
  expect((await fleet.sitewright("verify", "--full")).code).toBe(0);
  expect((await fleet.system("SRVABC")).held.map(({ sourceVersion }) => sourceVersion)).toEqual([2]);
});

test("site data and a coordinator restored from an older backup do not replace a newer version on a system", async () => {
  await fleet.coordinator.stop();
  lead("site-data-1");
  for (const end of ["", "-wal", "-shm"]) rmSync(join(fleet.dataDir, `index.db${end}`), { force: true });
  await fleet.coordinator.start();
  await fleet.connected();
  for (const verb of ["plan", "rebuild", "verify"]) {
    const { code, stderr } = await fleet.sitewright(verb);
    expect([verb, code]).toEqual([verb, 1]);
    expect(stderr).toContain("NEWER_VERSION_HELD: SRVABC holds version 2 of ABC00001");
  }
  expect(served()).toBe("two");
});

test("other files under the version that a system holds are held back too", async () => {
  writeFileSync(join(`${fleet.siteData}-1`, "packages/ABC00001/package.yaml"), "sourceVersion: 2\ndistributionPoints: [SRVABC]\n");
  const { code, stderr } = await fleet.sitewright("rebuild");
  expect(code).toBe(1);
  expect(stderr).toContain("OTHER_CONTENT_HELD: SRVABC holds other files under version 2 of ABC00001");
  expect(served()).toBe("two");
});

test("an operator who accepts it rolls out the older version, which is logged, and what is served is right from then on", async () => {
  expect((await fleet.sitewright("rebuild", "--package", "ABC00001", "--accept-older")).code).toBe(0);
  expect(served()).toBe("one");
  expect(fleet.coordinator.log()).toContain("an operator accepts versions that are older than those the systems hold");
  expect((await fleet.sitewright("verify")).code).toBe(0);
});
