import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import type { Unit } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { CAP, capFolders, MODIFIED, openFixture, PACKAGE, PACKAGE_FOLDER, readTree, release } from "../../../test-support/disk-fixture.ts";

const BIG = noise(700_000, 1);

test("A package is staged without touching the live tree, and activated with content, modes, times and links", async () => {
  await using site = await openFixture();
  site.write("dp", { "ABC00001/old.txt": "old", "XYZ00009/foreign.txt": "foreign" });
  const made = release(PACKAGE, PACKAGE_FOLDER, {
    "ABC00001/setup.exe": { content: BIG, mode: 0o755 },
    "ABC00001/copy/setup.exe": BIG,
    "ABC00001/empty.ini": "",
    "ABC00001/locked/": { content: "", mode: 0o555 },
    "ABC00001/locked/read.me": { content: "hello", mode: 0o444 },
    "ABC00001/link": "->copy/setup.exe",
  });
  const staged = await site.stage(made, 10);
  expect(staged).toEqual({ kind: "staged", files: 4, reusedBytes: BIG.length, fetchedBytes: BIG.length + 5, retriedBytes: 0 });
  expect(readTree(site.path("dp", "ABC00001"))).toEqual({ "old.txt": "old" });
  expect(await site.activate(PACKAGE, 10)).toEqual({ kind: "activated", folders: 1, previous: true });
  expect(Object.keys(readTree(site.path("dp", "ABC00001")))).toEqual([
    "copy/setup.exe",
    "empty.ini",
    "link",
    "locked/read.me",
    "setup.exe",
  ]);
  expect(readFileSync(site.path("dp", "ABC00001/setup.exe")).equals(BIG)).toBe(true);
  expect(statSync(site.path("dp", "ABC00001/setup.exe")).mode & 0o777).toBe(0o755);
  expect(Math.round(statSync(site.path("dp", "ABC00001/setup.exe")).mtimeMs)).toBe(MODIFIED);
  expect(statSync(site.path("dp", "ABC00001/locked")).mode & 0o777).toBe(0o555);
  expect(statSync(site.path("dp", "ABC00001")).mode & 0o777).toBe(0o755);
  expect(readTree(site.path("dp", "XYZ00009"))).toEqual({ "foreign.txt": "foreign" });
  expect(await site.verify(made, true)).toMatchObject({ right: true, absent: false, stale: false, files: 4, deviationCount: 0 });
  expect(statSync(site.path("dp", ".sitewright")).mode & 0o777).toBe(0o700);
});

test("Every local byte is reused: in place, moved, in another package, and around a changed spot", async () => {
  await using site = await openFixture();
  const changed = Buffer.from(BIG);
  changed.writeUInt32BE(7, 350_000);
  site.write("dp", { "ABC00001/app.bin": BIG, "ABC00001/same.txt": "same" });
  const made = release(PACKAGE, PACKAGE_FOLDER, {
    "ABC00001/app.bin": changed,
    "ABC00001/moved/old-app.bin": BIG,
    "ABC00001/same.txt": "same",
  });
  const staged = await site.stage(made, 1);
  expect(staged).toMatchObject({ kind: "staged", retriedBytes: 0 });
  expect(staged).toHaveProperty(
    "fetchedBytes",
    expect.toSatisfy((bytes: number) => bytes > 0 && bytes <= 512 * 1024),
  );
  await site.activate(PACKAGE, 1);
  expect(await site.verify(made, true)).toMatchObject({ right: true });

  const other = { role: "dp", name: "ABC00002" } as const;
  const twin = release(other, [{ path: "ABC00002", kind: "folder", rights: "clients-read" }], { "ABC00002/x": changed });
  expect(await site.stage(twin, 2)).toMatchObject({ kind: "staged", fetchedBytes: 0, reusedBytes: BIG.length });
  await site.activate(other, 2);
  expect(statSync(site.path("dp", "ABC00002/x")).ino).not.toBe(statSync(site.path("dp", "ABC00001/app.bin")).ino);
});

test("An unchanged file is linked, not copied; with other permissions it is copied, so that the live one keeps its own", async () => {
  await using site = await openFixture();
  await site.stage(release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha", "ABC00001/b": "beta" }), 1);
  await site.activate(PACKAGE, 1);
  const second = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha", "ABC00001/b": { content: "beta", mode: 0o755 } });
  const before = { a: lstatSync(site.path("dp", "ABC00001/a")), b: lstatSync(site.path("dp", "ABC00001/b")) };
  expect(await site.stage(second, 2)).toMatchObject({ fetchedBytes: 0, reusedBytes: 9 });
  expect(lstatSync(site.path("dp", "ABC00001/b")).mode).toBe(before.b.mode);
  expect(lstatSync(site.path("dp", "ABC00001/b")).nlink).toBe(1);
  await site.activate(PACKAGE, 2);
  expect(lstatSync(site.path("dp", "ABC00001/b")).ino).not.toBe(before.b.ino);
  expect(await site.verify(second, true)).toMatchObject({ right: true });
});

test("A full rebuild trusts no local byte", async () => {
  await using site = await openFixture();
  const made = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha" });
  await site.stage(made, 1);
  await site.activate(PACKAGE, 1);
  expect(await site.stage(made, 2, { full: true })).toMatchObject({ fetchedBytes: 5, reusedBytes: 0 });
});

test("Only the owned folders of a CAP are exchanged; what clients keep beside them is not touched", async () => {
  await using site = await openFixture();
  site.write("cap", { "CAP_ABC/ccr.box/one.ccr": "client", "CAP_ABC/offerinf.box/old.ofr": "old", "CAP_ABC/strange/x": "x" });
  const inbox = statSync(site.path("cap", "CAP_ABC/ccr.box")).ino;
  const made = release(CAP, capFolders("pkginfo.box", "offerinf.box"), {
    "CAP_ABC/pkginfo.box/P.pkg": "pkg",
    "CAP_ABC/offerinf.box/A.ofr": "ofr",
  });
  await site.stage(made, 1);
  expect(await site.activate(CAP, 1)).toMatchObject({ kind: "activated", folders: 2, previous: true });
  expect(readTree(site.path("cap", "CAP_ABC"))).toEqual({
    "ccr.box/one.ccr": "client",
    "offerinf.box/A.ofr": "ofr",
    "pkginfo.box/P.pkg": "pkg",
    "strange/x": "x",
  });
  expect(statSync(site.path("cap", "CAP_ABC/ccr.box")).ino).toBe(inbox);
});

test("A single owned file of the logon point is exchanged beside the files of other sites", async () => {
  await using site = await openFixture();
  const unit = { role: "logon-point", name: "SMSLOGON@ABC" } as const;
  site.write("logon-point", { "SMSLOGON/Sitescfg/XYZ_cfg.lcf": "other", "SMSLOGON/Sitescfg/ABC_cfg.lcf": "old" });
  const made = release(
    unit,
    [
      { path: "SMSLOGON/Sites/ABC", kind: "folder", rights: "clients-read" },
      { path: "SMSLOGON/Sitescfg/ABC_cfg.lcf", kind: "file", rights: "clients-read" },
    ],
    { "SMSLOGON/Sites/ABC/caplist.ini": "caps", "SMSLOGON/Sitescfg/ABC_cfg.lcf": "new" },
  );
  expect(await site.stage(made, 1)).toMatchObject({ kind: "staged", files: 2 });
  expect(await site.activate(unit, 1)).toMatchObject({ kind: "activated", folders: 2 });
  expect(readTree(site.path("logon-point", "SMSLOGON"))).toEqual({
    "Sites/ABC/caplist.ini": "caps",
    "Sitescfg/ABC_cfg.lcf": "new",
    "Sitescfg/XYZ_cfg.lcf": "other",
  });
  expect(await site.verify(made)).toMatchObject({ right: true });
});

test("Stage and activate succeed again when they are repeated, and refuse an older generation with the highest one", async () => {
  await using site = await openFixture();
  const made = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha" });
  const first = await site.stage(made, 5);
  expect(await site.stage(made, 5)).toEqual(first);
  expect(site.content.asked).toHaveLength(1);
  expect(await site.stage(made, 4)).toMatchObject({ kind: "failed", code: "STALE_GENERATION", held: { epoch: 1, counter: 5 } });
  await site.activate(PACKAGE, 5);
  expect(await site.activate(PACKAGE, 5)).toMatchObject({ kind: "activated", folders: 1 });
  expect(await site.stage(made, 5)).toEqual(first);
  expect(await site.activate(PACKAGE, 6)).toMatchObject({ kind: "failed", code: "NOT_STAGED" });
  expect(site.executor.inventory()).toEqual([
    {
      unit: PACKAGE,
      highest: { epoch: 1, counter: 6 },
      live: { generation: { epoch: 1, counter: 5 }, manifest: made.digest },
      previous: false,
      sourceVersion: 5,
    },
  ]);
});

test("When the grace time ends, the replaced tree is removed and no folder of the agent keeps it", async () => {
  await using site = await openFixture();
  site.write("dp", { "ABC00001/old.txt": "old" });
  await site.stage(release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha" }), 1);
  await site.activate(PACKAGE, 1, 2_000);
  expect(readTree(site.path("dp", ".sitewright/previous"))).toEqual({ "ABC00001/1.1/0/old.txt": "old" });
  await expect.poll(() => existsSync(site.path("dp", ".sitewright/previous/ABC00001/1.1"))).toBe(false);
  await expect.poll(() => readdirSync(site.path("dp", ".sitewright/trash"))).toEqual([]);
  expect(await site.order(PACKAGE, 2, { kind: "undo", graceMs: 1000 })).toMatchObject({ kind: "failed", code: "NO_PREVIOUS_GENERATION" });
});

test("Many units staged at once are all activated: none has its manifest removed as unused", async () => {
  await using site = await openFixture();
  const units = Array.from({ length: 12 }, (_, i): Unit => ({ role: "dp", name: `ABC0000${i.toString(16).toUpperCase()}` }));
  for (const counter of [1, 2]) {
    const made = units.map((unit) => {
      const owned = [{ path: unit.name, kind: "folder", rights: "clients-read" } as const];
      return release(unit, owned, { [`${unit.name}/a`]: `${unit.name} ${counter}` });
    });
    const outcomes = made.map(async (one) => {
      await site.stage(one, counter);
      return site.activate(one.manifest.unit, counter, 0);
    });
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatchObject({ kind: "activated" });
  }
});
