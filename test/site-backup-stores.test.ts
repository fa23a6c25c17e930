import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { isRoot } from "@sitewright/testkit/account";
import { noise } from "@sitewright/testkit/noise";
import { expect, test } from "vitest";
import { stopProgram } from "../scripts/support/programs.ts";
import { makeSmallDisk } from "./support/small-disk.ts";
import { createBackedUpSite, SERVICES, type BackedUpSite } from "./support/backed-up-site.ts";

interface Run {
  run: string;
  state: string;
  faults: string[];
}

/** The same site with another code: what the wrong control file on a machine would be. */
function becomes(site: BackedUpSite, code: string): void {
  writeFileSync(site.file, readFileSync(site.file, "utf8").replace(/^SITE_CODE=.*$/m, `SITE_CODE=${code}`));
}

const storeSize = (folder: string) =>
  readdirSync(join(folder, ".sitewright/packs")).reduce((sum, name) => sum + statSync(join(folder, ".sitewright/packs", name)).size, 0);

test("a store is of one site: another one neither adds runs to it, nor restores one of them", async () => {
  using site = createBackedUpSite();
  const copy = join(site.folder, "copy");
  const { run } = await site.json<Run>("run");
  await site.agent("copy", ["--to", copy]);
  becomes(site, "XYZ");
  const refused = async (verb: string, ...args: string[]) => (await site.agent(verb, args)).stderr;
  expect(await refused("run")).toContain("CONFLICT");
  expect(await refused("restore", "--in-place")).toContain("NOT_FOUND");
  for (const args of [["--in-place"], ["--in-place", "--copy", copy], ["--to", join(site.folder, "to")]])
    expect(await refused("restore", "--run", run, ...args)).toContain(`the run ${run} is one of the site ABC, and this is XYZ`);
  expect(await refused("trial", "--run", run)).toContain("CONFLICT");
  rmSync(join(site.folder, "backup"), { recursive: true });
  await site.agent("run");
  expect(await refused("copy", "--to", copy, "--keep", "1")).toContain("CONFLICT");
  expect(await site.json<Run[]>("list", "--copy", copy)).toMatchObject([{ run }]);
  expect([site.services.running(), existsSync(join(site.folder, "to"))]).toEqual([SERVICES, false]);
});

test("retention gives back what removed runs needed, though each stored something that stays", async () => {
  using site = createBackedUpSite();
  for (let i = 1; i <= 4; i++) {
    writeFileSync(join(site.folder, "rows"), noise(1_000_000, i));
    writeFileSync(join(site.folder, `site/stays-${i}`), `${i}`);
    await site.agent("run", ["--keep", "1"]);
  }
  expect(storeSize(join(site.folder, "backup"))).toBeLessThan(1_100_000);
  expect(await site.json<object>("verify")).toMatchObject({ good: 8, bad: [] });
});

test("an earlier run whose list is damaged neither fails a backup nor has anything removed that it may need, and goes like others", async () => {
  using site = createBackedUpSite();
  const { run } = await site.json<Run>("run");
  await site.agent("archive", ["--name", "old"]);
  for (let i = 1; i <= 2; i++) {
    writeFileSync(join(site.folder, "rows"), noise(1_000_000, i));
    await site.agent("run");
  }
  writeFileSync(join(site.folder, `backup/.sitewright/runs/${run}.list`), "damaged");
  const last = await site.agent("run", ["--keep", "1"]);
  expect([last.code, last.stderr]).toEqual([0, expect.stringContaining(`the list of the run ${run} cannot be read`)]);
  expect(storeSize(join(site.folder, "backup"))).toBeGreaterThan(2_000_000);
  await site.agent("archive", ["--run", run, "--remove"]);
  expect((await site.agent("run", ["--keep", "1"])).stderr).toBe("");
  expect(storeSize(join(site.folder, "backup"))).toBeLessThan(1_100_000);
});

test("names that are given or removed after a run was copied reach the copy with the next one", async () => {
  using site = createBackedUpSite();
  const copy = join(site.folder, "copy");
  const first = await site.json<Run>("run");
  await site.agent("copy", ["--to", copy]);
  await site.agent("archive", ["--name", "before the move"]);
  const second = await site.json<Run>("run");
  await site.agent("copy", ["--to", copy, "--keep", "1"]);
  expect(await site.json<object[]>("list", "--copy", copy)).toMatchObject([
    { run: second.run },
    { run: first.run, archived: "before the move" },
  ]);
  await site.agent("archive", ["--run", first.run, "--remove"]);
  await site.agent("run");
  await site.agent("copy", ["--to", copy, "--keep", "1"]);
  expect(await site.json<object[]>("list", "--copy", copy)).toHaveLength(1);
});

test.runIf(isRoot)("a dump that fills the disk is removed, so that what follows is recorded and the next backup is made", async () => {
  using site = createBackedUpSite();
  const backup = join(site.folder, "backup");
  using _ = makeSmallDisk(backup, 4);
  await site.agent("run");
  const dump = join(site.folder, "dump");
  writeFileSync(dump, '#!/bin/sh\nexec head -c 20000000 /dev/urandom > "$1"\n', { mode: 0o755 });
  site.writeControlFile({}, "FROM/dump BACKUP_DESTINATION/database/site.dump");
  expect(await site.json<Run>("run")).toMatchObject({ state: "partial", faults: [expect.stringContaining("No space left on device")] });
  // As a run leaves it that is killed while it dumps.
  spawnSync("/bin/sh", ["-c", `head -c 20000000 /dev/zero > ${backup}/database/site.dump`]);
  site.writeControlFile();
  expect(await site.json<Run>("run")).toMatchObject({ state: "complete", faults: [] });
});

test.runIf(isRoot)("a verification on a full disk says what it found, and that no alert knows of it", async () => {
  using site = createBackedUpSite();
  const backup = join(site.folder, "backup");
  using disk = makeSmallDisk(backup, 4);
  writeFileSync(join(site.folder, "site/large"), noise(300_000, 1));
  await site.agent("run");
  disk?.fill();
  const verify = () => site.json<object>("verify");
  expect(await verify()).toMatchObject({ bad: [], unnoted: expect.stringContaining("its disk is full") as string });
  const pack = join(backup, ".sitewright/packs/1.pack");
  const file = openSync(pack, "r+");
  writeSync(file, "damaged", Math.floor(statSync(pack).size / 2));
  closeSync(file);
  expect(await verify()).toMatchObject({ bad: [{ path: "site/large" }], unnoted: expect.anything() as string });
});

test("the service alerts of services that a backup could not start again, until they run", async () => {
  using site = createBackedUpSite();
  await site.agent("run");
  site.services.refuseStart("manager");
  await site.agent("run");
  const service = await site.serve("--no-schedule");
  expect((await site.ask("status")).alerts).toEqual([
    expect.stringContaining("the services manager of the site do not run since the backup"),
  ]);
  site.services.start("manager");
  expect((await site.ask("status")).alerts).toEqual([]);
  await stopProgram(service);
});
