import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { CAP, capFolders, openFixture, PACKAGE, PACKAGE_FOLDER, readTree, release } from "../../../test-support/disk-fixture.ts";

const OFFERS = capFolders("offerinf.box");
const FIRST = release(CAP, OFFERS, {
  "CAP_ABC/offerinf.box/Systm.lkp": "one",
  "CAP_ABC/offerinf.box/one.ins": "1",
  "CAP_ABC/offerinf.box/one.txt": "1",
});
const SECOND = release(CAP, OFFERS, { "CAP_ABC/offerinf.box/Systm.lkp": "two", "CAP_ABC/offerinf.box/two.ins": "2" });
const undo = { kind: "undo", graceMs: 60_000 } as const;

test("An undo restores what existed before the first rebuild, and an undo of the undo the rebuilt tree", async () => {
  await using site = await openFixture();
  site.write("dp", { "ABC00001/old.txt": "old" });
  const made = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha" });
  await site.stage(made, 1);
  await site.activate(PACKAGE, 1);
  expect(await site.order(PACKAGE, 2, undo)).toEqual({ kind: "undone", manifest: "0".repeat(64) });
  expect(readTree(site.path("dp", "ABC00001"))).toEqual({ "old.txt": "old" });
  expect(await site.order(PACKAGE, 2, undo)).toEqual({ kind: "undone", manifest: "0".repeat(64) });
  expect(await site.order(PACKAGE, 3, undo)).toEqual({ kind: "undone", manifest: made.digest });
  expect(await site.verify(made)).toMatchObject({ right: true });
  expect(await site.order(PACKAGE, 2, undo)).toMatchObject({ kind: "failed", code: "STALE_GENERATION" });
});

test("An undo moves away a folder that did not exist before", async () => {
  await using site = await openFixture();
  site.write("cap", { "CAP_ABC/offerinf.box/old": "old" });
  const made = release(CAP, capFolders("pkginfo.box", "offerinf.box"), { "CAP_ABC/pkginfo.box/p": "p", "CAP_ABC/offerinf.box/o": "o" });
  await site.stage(made, 1);
  await site.activate(CAP, 1);
  await site.order(CAP, 2, undo);
  expect(readTree(site.path("cap", "CAP_ABC"))).toEqual({ "offerinf.box/old": "old" });
  expect(existsSync(site.path("cap", "CAP_ABC/pkginfo.box"))).toBe(false);
});

test("An undo whose kept generation was removed is refused, and the live tree stays", async () => {
  await using site = await openFixture();
  await site.stage(FIRST, 1);
  await site.activate(CAP, 1);
  await site.stage(SECOND, 2);
  await site.activate(CAP, 2);
  rmSync(site.path("cap", ".sitewright/previous"), { recursive: true });
  expect(await site.order(CAP, 3, undo)).toMatchObject({ kind: "failed", code: "NO_PREVIOUS_GENERATION" });
  expect(await site.verify(SECOND)).toMatchObject({ right: true });
});

test("References of the previous generation stay reachable for the grace time only, and are not deviations", async () => {
  await using site = await openFixture();
  await site.stage(FIRST, 1);
  await site.activate(CAP, 1);
  await site.stage(SECOND, 2);
  await site.activate(CAP, 2, 3_000);
  expect(readTree(site.path("cap", "CAP_ABC/offerinf.box"))).toEqual({ "Systm.lkp": "two", "one.ins": "1", "two.ins": "2" });
  expect(await site.verify(SECOND)).toMatchObject({ right: true, deviationCount: 0 });
  await expect.poll(() => readdirSync(site.path("cap", "CAP_ABC/offerinf.box"))).toEqual(["Systm.lkp", "two.ins"]);
  expect(await site.verify(SECOND, true)).toMatchObject({ right: true });
});

test("References survive undo and undo of undo, and the end of the grace time removes only what is not the live tree's own", async () => {
  await using site = await openFixture();
  await site.stage(FIRST, 1);
  await site.activate(CAP, 1);
  await site.stage(SECOND, 2);
  await site.activate(CAP, 2, 60_000);
  await site.order(CAP, 3, undo);
  expect(Object.keys(readTree(site.path("cap", "CAP_ABC/offerinf.box")))).toEqual(["Systm.lkp", "one.ins", "one.txt", "two.ins"]);
  expect(await site.verify(FIRST)).toMatchObject({ right: true });
  await site.order(CAP, 4, { kind: "undo", graceMs: 60_000 });
  expect(await site.verify(SECOND)).toMatchObject({ right: true });
  await site.order(CAP, 5, { kind: "undo", graceMs: 200 });
  await expect.poll(() => existsSync(site.path("cap", ".sitewright/previous/CAP_ABC/1.5"))).toBe(false);
  await expect.poll(() => existsSync(site.path("cap", "CAP_ABC/offerinf.box/one.ins"))).toBe(true);
  expect(await site.verify(FIRST)).toMatchObject({ right: true });
});

test("A removal takes the owned folders, what is staged and what is kept, counts files, and leaves everything else", async () => {
  await using site = await openFixture();
  site.write("cap", { "CAP_ABC/ccr.box/one.ccr": "client" });
  await site.stage(FIRST, 1);
  await site.activate(CAP, 1);
  await site.stage(SECOND, 2);
  expect(await site.order(CAP, 3, { kind: "remove", owned: OFFERS })).toEqual({ kind: "removed", files: 3 });
  expect(readTree(site.path("cap", "CAP_ABC"))).toEqual({ "ccr.box/one.ccr": "client" });
  expect(readTree(site.path("cap", ".sitewright"))).toEqual({});
  expect(await site.verify(FIRST)).toMatchObject({ right: false, absent: true, deviationCount: 4 });
  expect(await site.stage(FIRST, 2)).toMatchObject({ code: "STALE_GENERATION" });
  expect(site.executor.inventory()).toEqual([{ unit: CAP, highest: { epoch: 1, counter: 3 }, previous: false, sourceVersion: 0 }]);
});

test("A removal of what the unit may not own is refused, and nothing is touched", async () => {
  await using site = await openFixture();
  site.write("cap", { "CAP_ABC/ccr.box/one.ccr": "client" });
  const before = statSync(site.path("cap", "CAP_ABC/ccr.box")).ino;
  expect(
    await site.order(CAP, 1, { kind: "remove", owned: [{ path: "CAP_ABC/ccr.box", kind: "folder", rights: "clients-write" }] }),
  ).toMatchObject({ code: "NOT_OWNED" });
  expect(statSync(site.path("cap", "CAP_ABC/ccr.box")).ino).toBe(before);
});
