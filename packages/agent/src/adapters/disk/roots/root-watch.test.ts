import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
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

const MADE = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha" });
const NEXT = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "beta!" });

/** As when the disk is unmounted: its empty mount point lies at its path. */
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

test("A disk that goes away while the agent runs is noticed, and when it is back all is looked at anew and work goes on", async () => {
  await using site = await served();
  unmount(site);
  expect(await site.stage(NEXT, 2)).toMatchObject({ code: "ROOT_AWAY" });
  expect(readdirSync(site.roots.dp)).toEqual([]);
  mount(site);
  // Somebody was at work there meanwhile, and left size and times as they were.
  expect(site.database.prepare("SELECT away FROM roots WHERE path = ?").get(site.roots.dp)).toEqual({ away: 1 });
  writeFileSync(site.path("dp", "ABC00001/a"), "alphb");
  expect(await site.verify(MADE)).toMatchObject({ kind: "verified", right: false, deviations: [{ kind: "damaged", path: "ABC00001/a" }] });
  expect(await site.stage(NEXT, 3)).toMatchObject({ kind: "staged" });
  expect(await site.activate(PACKAGE, 3, 0)).toMatchObject({ kind: "activated" });
  expect(readTree(site.path("dp", "ABC00001"))).toEqual({ a: "beta!" });
  expect(site.executor.rootWarnings.all()).toEqual([]);
});

test("Another disk in the place of the one that was there is held", async () => {
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

test("A root without an identity, as earlier versions left it, gets one at first sight; but not where all that was rebuilt in it is missing", async () => {
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

test("A role root that is not there at all is held like one whose disk is away", async () => {
  await using site = await served();
  renameSync(site.roots.dp, `${site.roots.dp}.away`);
  await site.reopen();
  expect(await site.verify(MADE)).toMatchObject({ code: "ROOT_AWAY", message: expect.stringContaining("it is not there") as string });
  renameSync(`${site.roots.dp}.away`, site.roots.dp);
  expect(await site.verify(MADE)).toMatchObject({ kind: "verified", right: true });
});
