import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isRoot } from "@sitewright/testkit/account";
import { noise } from "@sitewright/testkit/noise";
import { createBackedUpSite, SERVICES, type BackedUpSite } from "./support/backed-up-site.ts";
import { makeSmallDisk } from "./support/small-disk.ts";

interface Run {
  run: string;
  state: string;
  faults: string[];
}

const runOf = (site: BackedUpSite, ...args: string[]) => site.json<Run>("run", ...args);
const said = (text: string): unknown => expect.stringContaining(text);

test(
  "a run in which nothing of the site was saved is partial: its folder is empty, a link, or not there",
  { timeout: 120_000 },
  async () => {
    using site = createBackedUpSite();
    const folder = join(site.folder, "site");
    const away = join(site.folder, "away");
    renameSync(folder, away);
    expect(await runOf(site)).toMatchObject({ state: "partial", faults: [said("does not exist")] });
    symlinkSync("away", folder);
    expect(await runOf(site)).toMatchObject({ state: "partial", faults: [said(`is a link: name the place that it leads to, away`)] });
    rmSync(folder);
    mkdirSync(join(folder, "inboxes"), { recursive: true });
    expect(await runOf(site)).toMatchObject({ state: "partial", faults: [said("no file to be saved of the files: is its disk mounted?")] });
    expect(site.services.running()).toEqual(SERVICES);
  },
);

test(
  "a partial run is not tried, and is called partial wherever it is read; of a failed one nothing is read",
  { timeout: 120_000 },
  async () => {
    using site = createBackedUpSite();
    site.writeControlFile({}, "/bin/false");
    const { run } = await runOf(site);
    expect((await site.agent("trial", ["--run", run])).stderr).toContain("NOT_A_SNAPSHOT");
    expect((await site.agent("verify", ["--run", run])).stdout).toContain(`${run}  partial: 3 files good`);
    expect((await site.agent("restore", ["--run", run, "--to", join(site.folder, "to")])).stdout).toContain(`${run}, which is partial: 3`);
    site.services.refuseStop("manager");
    const failed = await runOf(site);
    expect((await site.agent("verify", ["--run", failed.run])).stderr).toContain("NOT_A_SNAPSHOT");
    // Which is no damage of the store.
    expect(JSON.parse(readFileSync(join(site.folder, "backup/.sitewright/verified.json"), "utf8"))).toMatchObject({ run, bad: 0 });
  },
);

test("damage that a trial meets is stored again by the next run, whose trial is sound", { timeout: 120_000 }, async () => {
  using site = createBackedUpSite();
  writeFileSync(join(site.folder, "site/large"), noise(300_000, 1));
  await runOf(site);
  const pack = join(site.folder, "backup/.sitewright/packs/1.pack");
  const bytes = readFileSync(pack);
  bytes.fill(0, 100_000, 100_010);
  writeFileSync(pack, bytes);
  const states = [];
  for (let i = 0; i < 2; i++) {
    states.push((await site.json<{ state: string }>("trial", "--network")).state);
    await runOf(site);
  }
  expect(states).toEqual(["faulty", "sound"]);
});

test.runIf(isRoot)(
  "a run that does not fit on its disk is recorded as failed, and what does not fit is not restored",
  { timeout: 120_000 },
  async () => {
    using site = createBackedUpSite();
    const backup = join(site.folder, "backup");
    using _ = makeSmallDisk(backup, 4);
    const whole = await runOf(site);
    const large = join(site.folder, "site/large");
    writeFileSync(large, noise(8_000_000, 1));
    expect(await runOf(site)).toMatchObject({
      state: "failed",
      faults: expect.arrayContaining([said("packs/2.pack cannot be worked on: its disk is full"), said("cannot be stored")]) as string[],
    });
    expect([site.services.running(), await site.json<Run[]>("list")]).toMatchObject([SERVICES, [{ state: "failed" }, { run: whole.run }]]);
    rmSync(large);
    expect(await runOf(site)).toMatchObject({ state: "complete" });
    const small = join(site.folder, "small");
    using __ = makeSmallDisk(small, 1);
    // Of a run that is elsewhere.
    writeFileSync(large, Buffer.alloc(2_000_000));
    await runOf(site);
    expect((await site.agent("restore", ["--to", join(small, "to")])).stderr).toMatch(
      /DISK_FULL.*small has \d+ bytes free, and 200\d{4} are/,
    );
    expect([existsSync(join(small, "to")), readdirSync(small)]).toEqual([false, []]);
  },
);
