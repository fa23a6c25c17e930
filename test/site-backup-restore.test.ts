import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createBackedUpSite, SERVICES, type BackedUpSite } from "./support/backed-up-site.ts";
import { preload } from "./support/preload.ts";
import { readTree } from "./support/trees/trees.ts";

/** From one kill to the next, calls: each takes more than a second of a processor. Before the first one the program itself is loaded. */
const APART = 7;

interface Restored {
  id: string;
  run: string;
  state: string;
  places: { part: string; kept?: string; staged: string }[];
}

const PRELOAD = preload(join(import.meta.dirname, "support/kill-at-call.ts"));

async function restoreOf(site: BackedUpSite, ...args: string[]): Promise<Restored> {
  const { stdout, stderr } = await site.agent("restore", ["--json", ...args]);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as Restored;
}

/** All that a restore in place replaces. */
function stateOf(site: BackedUpSite) {
  return {
    files: readTree(join(site.folder, "site")),
    settings: readTree(join(site.folder, "settings")),
    rows: readFileSync(join(site.folder, "rows"), "utf8"),
  };
}

/** A site that changed in all its parts since its backup. @returns What it was then, and what it is now. */
async function aChangedSite(site: BackedUpSite) {
  const saved = stateOf(site);
  const { code, stderr } = await site.agent("run");
  if (code !== 0) throw new Error(stderr);
  change(site);
  return { saved, present: stateOf(site) };
}

function change(site: BackedUpSite): void {
  writeFileSync(join(site.folder, "site/inboxes/two.box"), "later");
  writeFileSync(join(site.folder, "site/inboxes/one.box"), "changed");
  writeFileSync(join(site.folder, "settings/site.conf"), "code=XYZ");
  writeFileSync(join(site.folder, "rows"), "other rows");
}

test("a restore in place puts all parts of one run in the places of the site, moves aside what was there, and keeps the services stopped until they are released", async () => {
  using site = createBackedUpSite();
  const { saved, present } = await aChangedSite(site);
  const restore = await restoreOf(site, "--in-place");
  expect([restore.state, stateOf(site), site.services.running()]).toEqual(["restored", saved, []]);
  // A restart of the machine does not start them either.
  expect(site.services.enabled()).toEqual([]);
  expect(restore.places.map(({ part }) => part)).toEqual(["database", "registry", "files", "configuration"]);
  const kept = (part: string) => restore.places.find((place) => place.part === part)?.kept as string;
  expect([readTree(kept("files")), readTree(kept("registry")), readFileSync(kept("database"), "utf8")]).toEqual([
    present.files,
    present.settings,
    present.rows,
  ]);
  // A backup would start the services of a site that is held.
  expect((await site.agent("run")).stderr).toContain("SITE_HELD");
  expect((await site.agent("restore", ["--in-place"])).stderr).toContain("SITE_HELD");
  expect(site.services.running()).toEqual([]);
  expect((await site.agent("release")).code).toBe(0);
  expect([site.services.running(), site.services.enabled()]).toEqual([SERVICES, SERVICES]);
  expect((await site.agent("run")).code).toBe(0);
});

test("an undone restore leaves the site as it was before, with its services running", async () => {
  using site = createBackedUpSite();
  const { saved, present } = await aChangedSite(site);
  const { id } = await restoreOf(site, "--in-place");
  expect(await restoreOf(site, "--undo")).toMatchObject({ id, state: "undone" });
  expect([stateOf(site), site.services.running(), site.services.enabled()]).toEqual([present, SERVICES, SERVICES]);
  // Also after the site ran on what was restored, which is kept then.
  await restoreOf(site, "--in-place");
  await site.agent("release");
  writeFileSync(join(site.folder, "site/made-since"), "new");
  expect(stateOf(site).rows).toBe(saved.rows);
  const second = await restoreOf(site, "--undo");
  expect([stateOf(site), site.services.running()]).toEqual([present, SERVICES]);
  const files = second.places.find(({ part }) => part === "files")?.staged as string;
  expect(readFileSync(join(files, "made-since"), "utf8")).toBe("new");
});

test("where one folder of the backup lies inside another one, an undone restore leaves both as they were and nothing beside the inner one", async () => {
  using site = createBackedUpSite();
  site.writeControlFile({ tasks: "file FROM/site/inboxes BACKUP_DESTINATION/inboxes\n" });
  const { saved, present } = await aChangedSite(site);
  await restoreOf(site, "--in-place");
  expect(stateOf(site)).toEqual(saved);
  await restoreOf(site, "--undo");
  expect(stateOf(site)).toEqual(present);
});

test("a site of which nothing is left is restored where its parts belong, and what never ran is not started by an undo", async () => {
  using site = createBackedUpSite();
  const { saved } = await aChangedSite(site);
  for (const name of ["site", "settings", "rows"]) rmSync(join(site.folder, name), { recursive: true });
  for (const name of SERVICES) site.services.stop(name);
  const refused = await site.agent("restore", ["--in-place"]);
  expect([refused.stderr, existsSync(join(site.folder, "site"))]).toEqual([expect.stringContaining("--database-lost"), false]);
  expect(await restoreOf(site, "--in-place", "--database-lost")).toMatchObject({ state: "restored" });
  expect(stateOf(site)).toEqual(saved);
  await restoreOf(site, "--undo");
  expect([existsSync(join(site.folder, "site")), site.services.running()]).toEqual([false, []]);
});

test("where a step of a restore fails, everything is put back and the services run again", async () => {
  using site = createBackedUpSite();
  const { present } = await aChangedSite(site);
  const dump = "BACKUP_DESTINATION/database/site.dump";
  // Half of what is new, and then it fails.
  const load = '#!/bin/sh\ncase "$1" in */new/*) echo half > "$2"; exit 1 ;; esac\ncp "$1" "$2"\n';
  writeFileSync(join(site.folder, "load"), load, { mode: 0o755 });
  const restores: [string, string][] = [
    [`db ${dump} FROM/load ${dump} FROM/rows`, "ended with 1"],
    [`check ${dump} /bin/false\ndb ${dump} /bin/cp ${dump} FROM/rows`, "ended with 1"],
    ["", "CONTROL_FILE_INVALID"],
  ];
  for (const [restore, why] of restores) {
    site.writeControlFile({ restore });
    const { code, stderr } = await site.agent("restore", ["--in-place"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
    expect([site.services.running(), readdirSync(site.folder).filter((name) => name.includes(".before-"))]).toEqual([SERVICES, []]);
    expect(stateOf(site)).toEqual(present);
  }
});

test("a damaged or partial run is not restored in place, and the services are not even stopped", async () => {
  using site = createBackedUpSite();
  const { present } = await aChangedSite(site);
  site.writeControlFile({}, "/bin/false");
  const { run } = JSON.parse((await site.agent("run", ["--json"])).stdout) as { run: string };
  site.writeControlFile();
  expect((await site.agent("restore", ["--in-place", "--run", run])).stderr).toContain("NOT_A_SNAPSHOT");
  const packs = join(site.folder, "backup/.sitewright/packs");
  for (const pack of readdirSync(packs)) writeFileSync(join(packs, pack), "damaged");
  expect((await site.agent("restore", ["--in-place"])).stderr).toContain("SNAPSHOT_DAMAGED");
  expect([stateOf(site), site.services.running()]).toEqual([present, SERVICES]);
});

test(
  "a restore that is killed before one of its calls continues to the new state when it is called again, or returns to the old one",
  { timeout: 900_000 },
  async () => {
    using site = createBackedUpSite();
    mkdirSync(join(site.folder, "site/empty"));
    const { saved, present } = await aChangedSite(site);
    const counted = join(site.folder, "count");
    const env = { NODE_OPTIONS: PRELOAD, KILL_VERB: "restore" };
    await site.agent("restore", ["--in-place"], { ...env, COUNT_CALLS: counted });
    await restoreOf(site, "--undo");
    expect(stateOf(site)).toEqual(present);
    const calls = Number(readFileSync(counted, "utf8"));
    const restored = { ended: true, running: [], ...saved };
    let between = 0;
    for (let at = APART; at <= calls; at += APART) {
      await site.agent("restore", ["--in-place"], { ...env, KILL_AT: String(at) });
      const killed = site.services.running();
      if (killed.length === 0) between += 1;
      const continued = at % 2 === 0 ? await continueRestore(site) : undefined;
      expect([at, continued ?? restored]).toEqual([at, restored]);
      const undone = await site.agent("restore", ["--undo"]);
      expect([at, undone.code === 0 || undone.stderr.includes("NOT_FOUND")]).toEqual([at, true]);
      expect([at, stateOf(site), site.services.running(), site.services.enabled()]).toEqual([at, present, SERVICES, SERVICES]);
    }
    // Kills that found the services stopped: otherwise this test would show little.
    expect(between).toBeGreaterThan(2);
  },
);

async function continueRestore(site: BackedUpSite) {
  const { stderr } = await site.agent("restore", ["--in-place"]);
  // At the last calls it was restored already.
  return { ended: stderr === "" || stderr.includes("SITE_HELD"), running: site.services.running(), ...stateOf(site) };
}

test(
  "an undo that is killed before one of its calls is completed by the next one, or by the service at its start",
  { timeout: 900_000 },
  async () => {
    using site = createBackedUpSite();
    const { present } = await aChangedSite(site);
    const counted = join(site.folder, "count");
    const env = { NODE_OPTIONS: PRELOAD, KILL_VERB: "--undo" };
    await restoreOf(site, "--in-place");
    await site.agent("restore", ["--undo"], { ...env, COUNT_CALLS: counted });
    const calls = Number(readFileSync(counted, "utf8"));
    for (let at = APART; at <= calls; at += APART) {
      await restoreOf(site, "--in-place");
      await site.agent("restore", ["--undo"], { ...env, KILL_AT: String(at) });
      if (at % 2 === 0) await site.agent("recover");
      const undone = await site.agent("restore", ["--undo"]);
      expect([at, undone.code === 0 || undone.stderr.includes("NOT_FOUND")]).toEqual([at, true]);
      // It was undone before the kill, except for the services.
      if (undone.code !== 0) await site.agent("recover");
      expect([at, stateOf(site), site.services.running(), site.services.enabled()]).toEqual([at, present, SERVICES, SERVICES]);
    }
  },
);

test(
  "a release that is killed before one of its calls leaves a site that is held or one whose services run, and is completed by the next one",
  { timeout: 900_000 },
  async () => {
    using site = createBackedUpSite();
    await aChangedSite(site);
    const counted = join(site.folder, "count");
    const env = { NODE_OPTIONS: PRELOAD, KILL_VERB: "release" };
    await restoreOf(site, "--in-place");
    await site.agent("release", [], { ...env, COUNT_CALLS: counted });
    const calls = Number(readFileSync(counted, "utf8"));
    expect(calls).toBeGreaterThan(10);
    let isHeld = false;
    for (let at = APART; at <= calls; at += APART) {
      if (!isHeld) {
        await restoreOf(site, "--undo");
        await restoreOf(site, "--in-place");
      }
      await site.agent("release", [], { ...env, KILL_AT: String(at) });
      isHeld = (await site.agent("recover")).stdout.includes("its services are kept stopped");
      expect([at, site.services.running()]).toEqual([at, isHeld ? [] : SERVICES]);
    }
    const { code, stderr } = await site.agent("release");
    expect(code === 0 || stderr.includes("NOT_FOUND")).toBe(true);
    expect([site.services.running(), site.services.enabled()]).toEqual([SERVICES, SERVICES]);
  },
);

test("an undo that cannot load the database stays open, keeps the services stopped, and ends once it can", async () => {
  using site = createBackedUpSite();
  const { present } = await aChangedSite(site);
  const dump = "BACKUP_DESTINATION/database/site.dump";
  writeFileSync(join(site.folder, "load"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  site.writeControlFile({ restore: `db ${dump} FROM/load ${dump} FROM/rows` });
  const { stderr } = await site.agent("restore", ["--in-place"]);
  expect([stderr, site.services.running()]).toEqual([expect.stringContaining("could not be undone"), []]);
  expect((await site.agent("run")).stderr).toContain("SITE_HELD");
  writeFileSync(join(site.folder, "load"), '#!/bin/sh\ncp "$1" "$2"\n', { mode: 0o755 });
  await restoreOf(site, "--undo");
  expect([stateOf(site), site.services.running()]).toEqual([present, SERVICES]);
});

test("after a restart of the machine the service stops again what the system started of a restored site", async () => {
  using site = createBackedUpSite();
  await aChangedSite(site);
  await restoreOf(site, "--in-place");
  for (const name of SERVICES) site.services.start(name);
  const { stdout } = await site.agent("recover");
  expect([stdout, site.services.running()]).toEqual([expect.stringContaining("its services are kept stopped"), []]);
});

test("a restore from a copy that was killed is continued without naming the copy again", async () => {
  using site = createBackedUpSite();
  const { saved } = await aChangedSite(site);
  const copy = join(site.folder, "copy");
  await site.agent("copy", ["--to", copy]);
  rmSync(join(site.folder, "backup"), { recursive: true });
  const counted = join(site.folder, "count");
  const env = { NODE_OPTIONS: PRELOAD, KILL_VERB: "restore" };
  await site.agent("restore", ["--in-place", "--copy", copy], { ...env, COUNT_CALLS: counted });
  await restoreOf(site, "--undo");
  // When all is written beside its place, and some of it exchanged.
  const at = Math.floor(Number(readFileSync(counted, "utf8")) * 0.8);
  await site.agent("restore", ["--in-place", "--copy", copy], { ...env, KILL_AT: String(at) });
  expect((await site.agent("restore", ["--in-place", "--json"])).stdout).toContain('"state":"restored"');
  expect(stateOf(site)).toEqual(saved);
});

test("a service that a backup could not start again runs after a restore, also where [Start] does not name it", async () => {
  using site = createBackedUpSite();
  writeFileSync(
    site.file,
    readFileSync(site.file, "utf8").replace("[Start]\nservice manager\nservice executive", "[Start]\nservice manager"),
  );
  await aChangedSite(site);
  site.services.refuseStart("executive");
  expect((await site.agent("run")).stderr).toContain("the service executive does not run");
  await restoreOf(site, "--in-place");
  expect(site.services.running()).toEqual([]);
  site.services.repair("executive");
  expect([(await site.agent("release")).code, site.services.running()]).toEqual([0, SERVICES]);
});
