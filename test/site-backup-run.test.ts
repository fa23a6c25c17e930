import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { waitFor } from "../scripts/support/programs.ts";
import { createBackedUpSite, SERVICES, type BackedUpSite } from "./support/backed-up-site.ts";
import { readTree } from "./support/trees/trees.ts";

const AGENT = join(import.meta.dirname, "../packages/agent/bin/sitewright-agent.mjs");

interface Run {
  run: string;
  state: "complete" | "partial" | "failed";
  faults: string[];
  added: number;
  parts: { part: string }[];
}

async function runOf(site: BackedUpSite, ...args: string[]): Promise<Run & { code: number | null }> {
  const { code, stdout, stderr } = await site.agent("run", ["--json", ...args]);
  if (stdout === "") throw new Error(stderr);
  return { code, ...(JSON.parse(stdout) as Run) };
}

const packs = (site: BackedUpSite) => readdirSync(join(site.folder, "backup/.sitewright/packs"));

test("a run saves all four parts while everything is stopped, and what is restored is what was there", async () => {
  using site = createBackedUpSite();
  symlinkSync("inboxes/one.box", join(site.folder, "site/link"));
  mkdirSync(join(site.folder, "site/empty"));
  writeFileSync(join(site.folder, "site/large"), noise(3_000_000, 1));
  writeFileSync(join(site.folder, "site/none"), "");
  const wasRunning = join(site.folder, "ran");
  writeFileSync(join(site.folder, "look"), `#!/bin/sh\nls ${site.folder}/services/running > ${wasRunning}\n`, { mode: 0o755 });
  site.writeControlFile({ tasks: "cmd FROM/look" });
  const run = await runOf(site);
  expect(run).toMatchObject({ code: 0, state: "complete", faults: [] });
  expect(run.parts.map(({ part }) => part)).toEqual(["database", "registry", "files", "configuration"]);
  expect([readFileSync(wasRunning, "utf8"), site.services.running()]).toEqual(["", SERVICES]);
  const restored = join(site.folder, "restored");
  expect((await site.agent("restore", ["--to", restored])).code).toBe(0);
  expect(readTree(join(restored, "site"))).toEqual(readTree(join(site.folder, "site")));
  expect(readFileSync(join(restored, "database/site.dump"), "utf8")).toBe("rows of the database");
  expect(existsSync(join(site.folder, "backup/database/site.dump"))).toBe(false);
});

test("a second run stores only what changed", async () => {
  using site = createBackedUpSite();
  const large = noise(5_000_000, 2);
  writeFileSync(join(site.folder, "site/large"), large);
  expect((await runOf(site)).added).toBeGreaterThan(4_900_000);
  large.fill(7, 2_000_000, 2_000_100);
  writeFileSync(join(site.folder, "site/large"), large);
  expect((await runOf(site)).added).toBeLessThan(200_000);
});

test("retention removes the oldest runs and what only they needed, after the newest was read back", async () => {
  using site = createBackedUpSite();
  writeFileSync(join(site.folder, "site/large"), noise(1_000_000, 3));
  const first = await runOf(site);
  rmSync(join(site.folder, "site/large"));
  for (const content of ["second", "third"]) {
    writeFileSync(join(site.folder, "site/new"), content);
    await runOf(site, "--keep", "2");
  }
  const list = JSON.parse((await site.agent("list", ["--json"])).stdout) as Run[];
  expect([list.length, list.some(({ run }) => run === first.run)]).toEqual([2, false]);
  // What the first run saved and later ones use was moved out of its pack.
  expect(packs(site)).not.toContain("1.pack");
  expect(JSON.parse((await site.agent("verify", ["--json"])).stdout)).toMatchObject({ good: 5, bad: [] });
});

test("an archived run stays whatever retention removes, with its bytes, until its name is removed", async () => {
  using site = createBackedUpSite();
  const first = await runOf(site);
  expect((await site.agent("archive", ["--run", first.run, "--name", "before the move"])).code).toBe(0);
  writeFileSync(join(site.folder, "site/inboxes/one.box"), "another");
  for (let i = 0; i < 2; i++) await runOf(site, "--keep", "1");
  const listed = JSON.parse((await site.agent("list", ["--json"])).stdout) as (Run & { archived?: string })[];
  expect(listed.map(({ run, archived }) => [run === first.run, archived])).toEqual([
    [false, undefined],
    [true, "before the move"],
  ]);
  expect((await site.agent("list")).stdout).toContain("archived as before the move");
  const restored = join(site.folder, "restored");
  await site.agent("restore", ["--run", first.run, "--to", restored]);
  expect(readFileSync(join(restored, "site/inboxes/one.box"), "utf8")).toBe("box");
  await site.agent("archive", ["--run", first.run, "--remove"]);
  await runOf(site, "--keep", "1");
  expect(JSON.parse((await site.agent("list", ["--json"])).stdout)).toHaveLength(1);
});

test("a database that cannot be dumped makes the run partial, which nothing takes for complete", async () => {
  using site = createBackedUpSite();
  const whole = await runOf(site);
  for (const dump of ["/bin/false", "/bin/true"]) {
    site.writeControlFile({}, dump);
    expect(await runOf(site)).toMatchObject({ code: 1, state: "partial", faults: [expect.stringContaining("line ")] });
  }
  expect(site.services.running()).toEqual(SERVICES);
  expect(JSON.parse((await site.agent("verify", ["--json"])).stdout)).toMatchObject({ run: whole.run });
});

test("a service that cannot be stopped, or is started meanwhile, makes the run failed, and nothing of it is kept", async () => {
  using site = createBackedUpSite();
  site.writeControlFile({ tasks: `cmd ${site.services.bin}/systemctl start manager` });
  expect(await runOf(site)).toMatchObject({
    code: 1,
    state: "failed",
    parts: [],
    faults: [expect.stringContaining("was started during the backup")],
  });
  site.services.refuseStop("manager");
  expect(await runOf(site)).toMatchObject({ state: "failed", faults: [expect.stringMatching(/line \d+: systemctl ended/)] });
  expect([site.services.running(), packs(site)]).toEqual([SERVICES, []]);
});

test("a service that does not start again is reported, no further run begins, and it is started when that is possible", async () => {
  using site = createBackedUpSite();
  site.services.refuseStart("manager");
  expect(await runOf(site)).toMatchObject({ code: 1, state: "partial" });
  const second = await site.agent("run");
  expect([second.stderr, site.services.running()]).toEqual([expect.stringContaining("cannot be started"), ["executive"]]);
  const listed = JSON.parse((await site.agent("list", ["--json"])).stdout) as Run[];
  expect(listed.map(({ state }) => state)).toEqual(["partial"]);
  site.services.repair("manager");
  expect((await site.agent("recover")).stdout).toBe("the services were started\n");
  expect(site.services.running()).toEqual(SERVICES);
  expect(await runOf(site)).toMatchObject({ state: "complete" });
});

test("a second run does not begin while one runs, and stops and starts nothing", async () => {
  using site = createBackedUpSite();
  const ready = join(site.folder, "ready");
  const go = join(site.folder, "go");
  writeFileSync(join(site.folder, "wait"), `#!/bin/sh\n: > ${ready}\nuntil [ -e ${go} ]; do sleep 0.1; done\n`, { mode: 0o755 });
  site.writeControlFile({ tasks: "cmd FROM/wait" });
  const first = site.agent("run");
  await waitFor("the first run", () => existsSync(ready));
  const second = await site.agent("run");
  const running = site.services.running();
  writeFileSync(go, "");
  expect([second.code, second.stderr, running]).toEqual([1, expect.stringContaining("SITE_BACKUP_RUNS"), []]);
  expect((await first).code).toBe(0);
});

test("a run that is asked to end gives up, starts the services and is recorded as failed", async () => {
  using site = createBackedUpSite();
  const ready = join(site.folder, "ready");
  writeFileSync(join(site.folder, "wait"), `#!/bin/sh\n: > ${ready}\nexec sleep 600\n`, { mode: 0o755 });
  // Longer than an agent may take for its own end.
  site.writeControlFile({ tasks: "cmd FROM/wait", start: "sleep 6" });
  const child = spawn(process.execPath, [AGENT, "site-backup", "run", site.file], {
    env: { ...process.env, ...site.env },
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  await waitFor("the command", () => existsSync(ready));
  child.kill("SIGTERM");
  await ended;
  expect([child.exitCode, site.services.running()]).toEqual([1, SERVICES]);
  expect(JSON.parse((await site.agent("list", ["--json"])).stdout)).toMatchObject([{ state: "failed", faults: ["the run was cancelled"] }]);
});

test("bytes that were damaged, cut off or exchanged are found, name the file, and are not restored", async () => {
  using site = createBackedUpSite();
  writeFileSync(join(site.folder, "site/large"), noise(1_000_000, 4));
  await runOf(site);
  writeFileSync(join(site.folder, "site/inboxes/one.box"), "another");
  const last = await runOf(site);
  const own = join(site.folder, "backup/.sitewright");
  const pack = join(own, "packs/1.pack");
  truncateSync(pack, Math.floor(statSync(pack).size / 2));
  const verified = await site.agent("verify", ["--json"]);
  expect([verified.code, JSON.parse(verified.stdout)]).toMatchObject([1, { bad: [{ path: "site/large", part: "files" }] }]);
  const restored = await site.agent("restore", ["--to", join(site.folder, "restored")]);
  expect(restored.stderr).toContain("SNAPSHOT_DAMAGED");
  // The list of one run in the place of that of another.
  const [other] = (JSON.parse((await site.agent("list", ["--json"])).stdout) as Run[]).filter(({ run }) => run !== last.run);
  copyFileSync(join(own, `runs/${other?.run}.list`), join(own, `runs/${last.run}.list`));
  const swapped = await site.agent("restore", ["--to", join(site.folder, "swapped")]);
  expect([swapped.stderr.includes("is not the one that was saved"), existsSync(join(site.folder, "swapped"))]).toEqual([true, false]);
});

test("a cycle of partial verifications reads every file once", async () => {
  using site = createBackedUpSite();
  await runOf(site);
  const found = [];
  for (const part of ["1/3", "2/3", "3/3"])
    found.push(JSON.parse((await site.agent("verify", ["--part", part, "--json"])).stdout) as { good: number; notTested: number });
  expect(found.map(({ good, notTested }) => good + notTested)).toEqual([4, 4, 4]);
  expect(found.reduce((sum, { good }) => sum + good, 0)).toBe(4);
});

test("a control file that others can write, or that lies in their folder, is not run", async () => {
  using site = createBackedUpSite();
  const refused = async () => (await site.agent("run")).stderr;
  chmodSync(site.file, 0o666);
  expect(await refused()).toContain("CONTROL_FILE_UNSAFE");
  chmodSync(site.file, 0o600);
  chmodSync(site.folder, 0o777);
  expect(await refused()).toContain("CONTROL_FILE_UNSAFE");
  expect([site.services.running(), existsSync(join(site.folder, "backup"))]).toEqual([SERVICES, false]);
});

test("a link in the folder of the backup leads no dump out of it", async () => {
  using site = createBackedUpSite();
  const outside = join(site.folder, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "site.dump"), "precious");
  mkdirSync(join(site.folder, "backup"), { mode: 0o700 });
  symlinkSync(outside, join(site.folder, "backup/database"));
  expect((await site.agent("run")).stderr).toContain("DATA_DIR_UNSAFE");
  expect(site.services.running()).toEqual(SERVICES);
  rmSync(join(site.folder, "backup/database"));
  mkdirSync(join(site.folder, "backup/database"));
  symlinkSync(join(outside, "site.dump"), join(site.folder, "backup/database/site.dump"));
  expect(await runOf(site)).toMatchObject({ state: "complete" });
  expect(readFileSync(join(outside, "site.dump"), "utf8")).toBe("precious");
});
