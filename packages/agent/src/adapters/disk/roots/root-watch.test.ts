import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isRoot } from "@sitewright/testkit/account";
import {
  CAP,
  capFolders,
  openFixture,
  PACKAGE,
  PACKAGE_FOLDER,
  readTree,
  release,
  type Fixture,
} from "../../../../test-support/disk-fixture.ts";
import { CAN_MOUNT, mountFuse } from "../../../../test-support/fuse/mount.ts";
import { FAT, type Traits } from "../../../../test-support/fuse/traits.ts";

const MADE = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha" });
const NEXT = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "beta!" });

/** As when the disk is unmounted: its empty mount point is at its path. */
function unmount(site: Fixture): void {
  renameSync(site.roots.dp, `${site.roots.dp}.away`);
  mkdirSync(site.roots.dp);
}

function mount(site: Fixture): void {
  rmSync(site.roots.dp, { recursive: true });
  renameSync(`${site.roots.dp}.away`, site.roots.dp);
}

async function served(): Promise<Fixture> {
  const site = await openFixture();
  await site.stage(MADE, 1);
  expect(await site.activate(PACKAGE, 1, 0)).toMatchObject({ kind: "activated" });
  return site;
}

test("An agent that starts without the disk of a role root writes nothing there, refuses its orders by name, and serves its other roots", async () => {
  await using site = await served();
  unmount(site);
  await site.reopen();
  expect(site.executor.rootWarnings.all()).toEqual([
    expect.stringMatching(/dp is held: it holds no \.sitewright\/root-id.* Is its disk mounted\?/),
  ]);
  for (const outcome of [
    await site.verify(MADE),
    await site.stage(NEXT, 2),
    await site.order(PACKAGE, 3, { kind: "remove", owned: PACKAGE_FOLDER }),
  ])
    expect(outcome).toMatchObject({ kind: "failed", code: "ROOT_AWAY", path: site.roots.dp });
  expect(readdirSync(site.roots.dp)).toEqual([]);
  expect(site.executor.inventory()).toMatchObject([{ unit: PACKAGE, live: { manifest: MADE.digest } }]);
  const cap = release(CAP, capFolders("offerinf.box"), { "CAP_ABC/offerinf.box/o": "o" });
  expect(await site.stage(cap, 1)).toMatchObject({ kind: "staged" });
});

test("A disk that vanishes while the agent runs is detected, and when it returns everything is checked again and work continues", async () => {
  await using site = await served();
  unmount(site);
  expect(await site.stage(NEXT, 2)).toMatchObject({ code: "ROOT_AWAY" });
  expect(readdirSync(site.roots.dp)).toEqual([]);
  mount(site);
  // It was changed meanwhile, with unchanged sizes and times.
  expect(site.database.prepare("SELECT away FROM roots WHERE path = ?").get(site.roots.dp)).toEqual({ away: 1 });
  writeFileSync(site.path("dp", "ABC00001/a"), "alphb");
  expect(await site.verify(MADE)).toMatchObject({ kind: "verified", right: false, deviations: [{ kind: "damaged", path: "ABC00001/a" }] });
  expect(await site.stage(NEXT, 3)).toMatchObject({ kind: "staged" });
  expect(await site.activate(PACKAGE, 3, 0)).toMatchObject({ kind: "activated" });
  expect(readTree(site.path("dp", "ABC00001"))).toEqual({ a: "beta!" });
  expect(site.executor.rootWarnings.all()).toEqual([]);
});

test.runIf(isRoot)(
  "An agent that starts while the disk of a role root is mounted read-only holds that root by name, and serves its other roots",
  async () => {
    await using site = await served();
    const run = (...words: string[]) => execFileSync(words[0] as string, words.slice(1), { stdio: "pipe" });
    await site.reopen({}, async () => {
      run("mount", "--bind", site.roots.dp, site.roots.dp);
      run("mount", "-o", "remount,bind,ro", site.roots.dp);
    });
    try {
      expect(site.executor.rootWarnings.all()).toEqual([
        expect.stringMatching(/^\S+\/dp cannot be worked on: its file system is mounted read-only/),
      ]);
      expect(await site.stage(NEXT, 2)).toMatchObject({ kind: "failed", code: "DISK_READ_ONLY", path: site.roots.dp });
      const cap = release(CAP, capFolders("offerinf.box"), { "CAP_ABC/offerinf.box/o": "o" });
      expect(await site.stage(cap, 1)).toMatchObject({ kind: "staged" });
    } finally {
      run("umount", site.roots.dp);
    }
    expect(await site.stage(NEXT, 3)).toMatchObject({ kind: "staged" });
    expect(site.executor.rootWarnings.all()).toEqual([]);
  },
);

test("Another disk in place of the former one is held", async () => {
  await using site = await served();
  unmount(site);
  mkdirSync(site.path("dp", ".sitewright"), { mode: 0o700 });
  writeFileSync(site.path("dp", ".sitewright/root-id"), "another disk\n", { mode: 0o600 });
  await site.reopen();
  expect(await site.stage(NEXT, 2)).toMatchObject({
    code: "ROOT_AWAY",
    message: expect.stringContaining("is not the one it had") as string,
  });
  expect(readTree(site.roots.dp)).toEqual({});
});

test("A root without an identity, as earlier versions left it, gets one when first seen; but not if everything that was rebuilt in it is missing", async () => {
  await using site = await served();
  const forget = () => {
    rmSync(site.path("dp", ".sitewright/root-id"), { force: true });
    site.database.exec("DELETE FROM roots");
  };
  forget();
  await site.reopen();
  expect(existsSync(site.path("dp", ".sitewright/root-id"))).toBe(true);
  forget();
  unmount(site);
  await site.reopen();
  expect(await site.stage(NEXT, 2)).toMatchObject({ code: "ROOT_AWAY" });
  expect(readdirSync(site.roots.dp)).toEqual([]);
});

test("A missing role root is held like one whose disk is absent", async () => {
  await using site = await served();
  renameSync(site.roots.dp, `${site.roots.dp}.away`);
  await site.reopen();
  expect(await site.verify(MADE)).toMatchObject({ code: "ROOT_AWAY", message: expect.stringContaining("it is not there") as string });
  renameSync(`${site.roots.dp}.away`, site.roots.dp);
  expect(await site.verify(MADE)).toMatchObject({ kind: "verified", right: true });
});

const MODES = "it does not keep the permissions of files";
const ON_ODD: [what: string, traits: Traits, why: string][] = [
  ["a FAT-like file system", FAT, `(fuse.fat): ${MODES}; it does not keep the times of files to the millisecond`],
  ["one that refuses chmod", { type: "odd", chmod: "EOPNOTSUPP" }, `(fuse.odd): ${MODES}`],
  ["a union of file systems", { type: "mergerfs" }, "(fuse.mergerfs): it unites several file systems and has no lasting numbers for files"],
];

/** Restarts an agent with another file system in place of its first role root, which neither of the two has an identity for. */
async function reopenOn(site: Fixture, traits: Traits, holds: string[]): Promise<AsyncDisposable> {
  rmSync(site.path("dp", ".sitewright"), { recursive: true });
  const disk = await mountFuse(site.roots.dp, traits);
  for (const folder of holds) mkdirSync(site.path("dp", folder));
  site.database.exec("DELETE FROM roots");
  await site.reopen();
  return disk;
}

for (const [what, traits, why] of CAN_MOUNT ? ON_ODD : [])
  test(`An agent whose role root is on ${what} starts, holds that root by name, writes and requests nothing, and serves its other roots`, async () => {
    await using site = await openFixture();
    await using _ = await reopenOn(site, traits, []);
    expect(site.executor.rootWarnings.all()).toEqual([
      `the role root ${site.roots.dp} lies on a file system that cannot be used ${why}. Put it on another one, such as ext4, XFS or Btrfs`,
    ]);
    expect(await site.stage(MADE, 1)).toMatchObject({ kind: "failed", code: "ROOT_UNFIT", path: site.roots.dp });
    expect([site.content.manifests, site.content.streams]).toEqual([[], []]);
    expect(readdirSync(site.roots.dp)).toEqual([]);
    const cap = release(CAP, capFolders("offerinf.box"), { "CAP_ABC/offerinf.box/o": "o" });
    expect(await site.stage(cap, 1)).toMatchObject({ kind: "staged" });
  });

for (const chmod of CAN_MOUNT ? (["forgets", "EPERM"] as const) : [])
  test(`An agent that finds its folder, open to all, on a file system whose chmod ${chmod} names the file system`, async () => {
    await using site = await openFixture();
    await using _ = await reopenOn(site, { type: "odd", chmod, modes: 0o777 }, [".sitewright"]);
    expect(await site.stage(MADE, 1)).toMatchObject({
      kind: "failed",
      code: "ROOT_UNFIT",
      message: expect.stringContaining(MODES) as string,
    });
    expect(readTree(site.roots.dp)).toEqual({});
  });

for (const [links, exchange] of CAN_MOUNT
  ? ([
      ["EPERM", "EINVAL"],
      ["ENOSYS", "ENOSYS"],
    ] as const)
  : [])
  test(`An agent rebuilds, verifies and undoes on a file system that answers links with ${links} and exchanges with ${exchange}, and warns about it`, async () => {
    await using site = await openFixture();
    await using _ = await reopenOn(site, { type: "odd", hardLinks: links, symbolicLinks: links, exchange }, []);
    expect(site.executor.rootWarnings.all()).toHaveLength(3);
    for (const [counter, made] of [MADE, NEXT].entries()) {
      expect(await site.stage(made, counter + 1)).toMatchObject({ kind: "staged" });
      expect(await site.activate(PACKAGE, counter + 1)).toMatchObject({ kind: "activated" });
      expect(await site.verify(made, true)).toMatchObject({ kind: "verified", right: true });
    }
    expect(await site.order(PACKAGE, 3, { kind: "undo", graceMs: 60_000 })).toEqual({ kind: "undone", manifest: MADE.digest });
    expect(readTree(site.path("dp", "ABC00001"))).toEqual({ a: "alpha" });
  });
