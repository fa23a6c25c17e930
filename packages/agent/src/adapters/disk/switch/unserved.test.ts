import { mkdirSync, readdirSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CAP, capFolders, openFixture, readTree, release, type Fixture } from "../../../../test-support/disk-fixture.ts";
import { retarget } from "../../../../test-support/switch-calls.ts";

const NAMES = ["clifiles.box", "pkginfo.box"];
const BOXES = capFolders(...NAMES);
const tree = (text: string) => ({ "CAP_ABC/clifiles.box/c": text, "CAP_ABC/pkginfo.box/p": text });
const OLD = release(CAP, BOXES, tree("old"));
const NEW = release(CAP, BOXES, tree("new"));

const box = (site: Fixture, name: string): string => site.path("cap", `CAP_ABC/${name}`);
const live = (site: Fixture): string => site.path("cap", ".sitewright/live");
/** The boxes for which folders are there, in order. */
const boxes = (site: Fixture): string[] =>
  readdirSync(live(site))
    .map((name) => NAMES.find((known) => name.includes(known)) ?? name)
    .toSorted((a, b) => (a < b ? -1 : 1));

/** With the new tree live, and the old one kept. */
async function openSwitched(): Promise<Fixture> {
  const site = await openFixture({ retarget });
  for (const [n, made] of [OLD, NEW].entries()) {
    await site.stage(made, n + 1);
    expect(await site.activate(CAP, n + 1)).toMatchObject({ kind: "activated" });
  }
  return site;
}

test("The folder of a link that somebody removed is removed by the next start; what is live, kept or led to by a renamed link stays", async () => {
  await using site = await openSwitched();
  expect(boxes(site)).toEqual(["clifiles.box", "clifiles.box", "pkginfo.box", "pkginfo.box"]);
  await site.reopen({ retarget }, async () => {
    unlinkSync(box(site, "clifiles.box"));
    renameSync(box(site, "pkginfo.box"), box(site, "pkginfo.box.bak"));
  });
  await expect.poll(() => boxes(site)).toEqual(["clifiles.box", "pkginfo.box", "pkginfo.box"]);
  expect(readTree(box(site, "pkginfo.box.bak"))).toEqual({ p: "new" });
  expect(await site.order(CAP, 3, { kind: "undo", graceMs: 60_000 })).toMatchObject({ kind: "undone", manifest: OLD.digest });
  expect(NAMES.flatMap((name) => Object.values(readTree(box(site, name))))).toEqual(["old", "old"]);
});

test("What lies there under another name than the agent gives stays", async () => {
  await using site = await openSwitched();
  await site.reopen({ retarget }, async () => {
    mkdirSync(`${live(site)}/notes`);
    writeFileSync(`${live(site)}/notes/a`, "kept");
    unlinkSync(box(site, "clifiles.box"));
  });
  await expect.poll(() => boxes(site)).toEqual(["clifiles.box", "notes", "pkginfo.box", "pkginfo.box"]);
  expect(readTree(`${live(site)}/notes`)).toEqual({ a: "kept" });
});
