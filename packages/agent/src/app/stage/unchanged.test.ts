import { chmodSync, existsSync, linkSync, lstatSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import type { JobKind } from "../ports/disk.ts";
import {
  CAP,
  capFolders,
  type Fixture,
  MODIFIED,
  openFixture,
  PACKAGE,
  PACKAGE_FOLDER,
  readTree,
  release,
  sharedPool,
} from "../../../test-support/disk-fixture.ts";

const MADE = release(PACKAGE, PACKAGE_FOLDER, {
  "ABC00001/a": "alpha",
  "ABC00001/sub/b": "beta",
  "ABC00001/sub/locked/": { content: "", mode: 0o555 },
  "ABC00001/link": "->sub/b",
});
const REUSED = { kind: "staged", files: 2, reusedBytes: 9, fetchedBytes: 0, retriedBytes: 0 };

/** A fixture that records the requests to its disk, which may be slow to look at a tree, and may report that no file holds what it should. */
async function watchedFixture() {
  const kinds: JobKind[] = [];
  const disk = { rotten: false, slowMs: 0 };
  const run: typeof sharedPool.run = async (root, kind, ask, options) => {
    kinds.push(kind);
    if (kind === "stamp") await new Promise((resolve) => setTimeout(resolve, disk.slowMs));
    const answer = await sharedPool.run(root, kind, ask, options);
    return disk.rotten && kind === "match" ? ((answer as unknown[]).map(() => undefined) as never) : answer;
  };
  const site = await openFixture({ pool: { ...sharedPool, run } });
  /** The requests since the last call. */
  return Object.assign(site, { disk, asked: () => new Set(kinds.splice(0)) });
}

/** Stages, and lets `then` happen at the beginning of a pause which is as long as that took: no look that staging took holds any more. */
async function stageAndWait(site: Fixture, counter: number, then: () => void): Promise<void> {
  const began = performance.now();
  await site.stage(MADE, counter);
  const tookMs = performance.now() - began;
  then();
  await new Promise((resolve) => setTimeout(resolve, tookMs));
}

/** According to `stat`, the tree was not touched. */
const facts = (path: string) => {
  const { ino, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  return [ino, mtimeNs, ctimeNs];
};

test("What was staged and not touched since is activated without a check of each file in the main thread", async () => {
  await using site = await watchedFixture();
  await site.stage(MADE, 1);
  site.asked();
  expect(await site.activate(PACKAGE, 1)).toMatchObject({ kind: "activated" });
  expect(site.asked()).toEqual(new Set(["stamp", "place", "remove"]));
});

test("A live file that is edited while it has a second name in staging prevents the activation of the staged tree", async () => {
  await using site = await openFixture();
  await site.stage(MADE, 1);
  await site.activate(PACKAGE, 1);
  const next = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha", "ABC00001/new": "new" });
  site.content.onFrame = async (frame) => {
    const live = site.path("dp", "ABC00001/a");
    await vi.waitUntil(() => lstatSync(live).nlink === 2, 20_000);
    writeFileSync(live, "other");
    return frame;
  };
  expect(await site.stage(next, 2)).toMatchObject({ kind: "staged" });
  expect(await site.activate(PACKAGE, 2)).toMatchObject({ kind: "failed", code: "STAGING_DAMAGED" });
});

test("A rebuild of what is live and right builds nothing and exchanges nothing, and takes the new generation", async () => {
  await using site = await watchedFixture();
  await site.stage(MADE, 1);
  await site.activate(PACKAGE, 1);
  const before = ["ABC00001", "ABC00001/a", "ABC00001/sub/b"].map((path) => facts(site.path("dp", path)));
  site.asked();
  for (const counter of [2, 3]) {
    expect(await site.stage(MADE, counter)).toEqual(REUSED);
    expect(await site.stage(MADE, counter)).toEqual(REUSED);
    expect(existsSync(site.path("dp", `.sitewright/staging/ABC00001/1.${counter}`))).toBe(false);
    expect(site.executor.inventory()).toMatchObject([{ staged: { generation: { counter }, manifest: MADE.digest } }]);
    expect(await site.activate(PACKAGE, counter)).toEqual({ kind: "activated", folders: 1, previous: false });
    expect(await site.activate(PACKAGE, counter)).toEqual({ kind: "activated", folders: 1, previous: false });
  }
  expect(site.asked()).toEqual(new Set(["stamp"]));
  expect(["ABC00001", "ABC00001/a", "ABC00001/sub/b"].map((path) => facts(site.path("dp", path)))).toEqual(before);
  expect(site.executor.inventory()).toMatchObject([{ highest: { counter: 3 }, live: { generation: { counter: 3 } }, sourceVersion: 3 }]);
  expect(await site.verify(MADE, true)).toMatchObject({ right: true });
});

test("A look that took long holds for the activation that follows at once, and not for a later one", async () => {
  await using site = await watchedFixture();
  await site.stage(MADE, 1);
  await site.activate(PACKAGE, 1);
  site.disk.slowMs = 1_000; // far longer than a busy machine takes from the one order to the next
  await site.stage(MADE, 2);
  site.asked();
  expect(await site.activate(PACKAGE, 2)).toMatchObject({ kind: "activated" });
  expect(site.asked()).toEqual(new Set());
  await stageAndWait(site, 3, () => writeFileSync(site.path("dp", "ABC00001/a"), "other"));
  expect(await site.activate(PACKAGE, 3)).toMatchObject({ code: "STAGING_DAMAGED" });
});

test("A full rebuild builds everything again, also where nothing changed", async () => {
  await using site = await openFixture();
  await site.stage(MADE, 1);
  await site.activate(PACKAGE, 1);
  expect(await site.stage(MADE, 2, { full: true })).toMatchObject({ fetchedBytes: 9, reusedBytes: 0 });
});

for (const [what, change] of [
  ["other permissions", (path: string) => chmodSync(`${path}/a`, 0o600)],
  ["another time", (path: string) => utimesSync(`${path}/a`, 1, 1)],
  ["an extra file", (path: string) => writeFileSync(`${path}/sub/extra`, "")],
  ["a missing file", (path: string) => rmSync(`${path}/sub/b`)],
  [
    "other content under the old times",
    (path: string) => {
      writeFileSync(`${path}/a`, "alphb");
      utimesSync(`${path}/a`, MODIFIED / 1000, MODIFIED / 1000);
    },
  ],
] as const) {
  test(`A rebuild repairs a live tree with ${what}, and the next one has nothing to do`, async () => {
    await using site = await watchedFixture();
    await site.stage(MADE, 1);
    await site.activate(PACKAGE, 1);
    change(site.path("dp", "ABC00001"));
    await site.stage(MADE, 2);
    expect(await site.activate(PACKAGE, 2)).toMatchObject({ kind: "activated", previous: true });
    expect(await site.verify(MADE, true)).toMatchObject({ right: true });
    expect(readTree(site.path("dp", "ABC00001"))).toEqual({ a: "alpha", link: "->sub/b", "sub/b": "beta" });
    expect(Math.round(statSync(site.path("dp", "ABC00001/a")).mtimeMs)).toBe(MODIFIED);
    await site.stage(MADE, 3);
    expect(await site.activate(PACKAGE, 3)).toMatchObject({ kind: "activated" });
    expect(existsSync(site.path("dp", ".sitewright/previous/ABC00001/1.3"))).toBe(false);
  });
}

test("What a full check finds damaged is built again by the next rebuild, though sizes and times are unchanged", async () => {
  await using site = await watchedFixture();
  await site.stage(MADE, 1);
  await site.activate(PACKAGE, 1);
  site.disk.rotten = true;
  expect(await site.verify(MADE, true)).toMatchObject({ right: false, deviationCount: 2 });
  const before = statSync(site.path("dp", "ABC00001")).ino;
  await site.stage(MADE, 2);
  site.disk.rotten = false;
  expect(await site.activate(PACKAGE, 2)).toMatchObject({ kind: "activated" });
  expect(statSync(site.path("dp", "ABC00001")).ino).not.toBe(before);
});

test("A live tree whose files got second names is read once, found right, and from then on recognised as unchanged again", async () => {
  await using site = await watchedFixture();
  await site.stage(MADE, 1);
  await site.activate(PACKAGE, 1);
  linkSync(site.path("dp", "ABC00001/a"), site.path("dp", "name-elsewhere"));
  site.asked();
  expect(await site.stage(MADE, 2)).toEqual(REUSED);
  expect(site.asked()).toContain("walk");
  await site.activate(PACKAGE, 2);
  expect(await site.stage(MADE, 3)).toEqual(REUSED);
  expect(site.asked()).toEqual(new Set(["stamp"]));
});

test("A live tree that is edited between stage and activate is not accepted as right; the next stage repairs it", async () => {
  await using site = await openFixture();
  await site.stage(MADE, 1);
  await site.activate(PACKAGE, 1);
  await stageAndWait(site, 2, () => writeFileSync(site.path("dp", "ABC00001/a"), "other"));
  expect(await site.activate(PACKAGE, 2)).toMatchObject({ kind: "failed", code: "STAGING_DAMAGED", retryable: true });
  expect(await site.activate(PACKAGE, 2)).toMatchObject({ kind: "failed", code: "NOT_STAGED" });
  expect(await site.stage(MADE, 2)).toMatchObject({ kind: "staged", files: 2, fetchedBytes: 5 });
  expect(await site.activate(PACKAGE, 2)).toMatchObject({ kind: "activated", previous: true });
  expect(readFileSync(site.path("dp", "ABC00001/a"), "utf8")).toBe("alpha");
});

test("An undo after a rebuild that changed nothing restores the previous generation, and an undo of it what was live", async () => {
  await using site = await openFixture();
  const old = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "old" });
  await site.stage(old, 1);
  await site.activate(PACKAGE, 1);
  await site.stage(MADE, 2);
  await site.activate(PACKAGE, 2);
  await site.stage(MADE, 3);
  expect(await site.activate(PACKAGE, 3)).toMatchObject({ kind: "activated", previous: true });
  await site.stage(MADE, 4); // staged, and never activated
  expect(await site.order(PACKAGE, 5, { kind: "undo", graceMs: 60_000 })).toEqual({ kind: "undone", manifest: old.digest });
  expect(readTree(site.path("dp", "ABC00001"))).toEqual({ a: "old" });
  expect(await site.order(PACKAGE, 6, { kind: "undo", graceMs: 60_000 })).toEqual({ kind: "undone", manifest: MADE.digest });
  expect(await site.verify(MADE, true)).toMatchObject({ right: true });
  expect(await site.stage(MADE, 7)).toEqual(REUSED);
  expect(await site.activate(PACKAGE, 7)).toMatchObject({ kind: "activated", previous: true });
});

test("References kept beside the live tree, and the end of their grace time, do not count as changes of it", async () => {
  await using site = await watchedFixture();
  const offers = capFolders("offerinf.box");
  const first = release(CAP, offers, { "CAP_ABC/offerinf.box/Systm.lkp": "one", "CAP_ABC/offerinf.box/one.ins": "1" });
  const second = release(CAP, offers, { "CAP_ABC/offerinf.box/Systm.lkp": "two", "CAP_ABC/offerinf.box/two.ins": "2" });
  await site.stage(first, 1);
  await site.activate(CAP, 1);
  await site.stage(second, 2);
  await site.activate(CAP, 2, 5_000);
  expect(Object.keys(readTree(site.path("cap", "CAP_ABC/offerinf.box")))).toEqual(["Systm.lkp", "one.ins", "two.ins"]);
  site.asked();
  await site.stage(second, 3);
  expect(await site.activate(CAP, 3)).toMatchObject({ kind: "activated", previous: true });
  await expect.poll(() => existsSync(site.path("cap", "CAP_ABC/offerinf.box/one.ins"))).toBe(false);
  await expect.poll(() => JSON.stringify(readTree(site.path("cap", ".sitewright")))).not.toContain("Systm.lkp");
  await site.stage(second, 4);
  expect(await site.activate(CAP, 4)).toMatchObject({ kind: "activated", previous: false });
  expect(site.asked()).toEqual(new Set(["stamp", "remove"]));
});
