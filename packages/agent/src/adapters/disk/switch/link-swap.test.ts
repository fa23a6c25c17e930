import { existsSync, lstatSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { CAP, capFolders, openFixture, readTree, release, type Fixture } from "../../../../test-support/disk-fixture.ts";
import { dying, refusal, refusing, retarget, watched, type SwitchCalls } from "../../../../test-support/switch-calls.ts";
import { requireLinks } from "./link-probe.ts";

const NAMES = ["clifiles.box", "pkginfo.box"];
const BOXES = capFolders(...NAMES);
const tree = (text: string) => ({ "CAP_ABC/clifiles.box/c": text, "CAP_ABC/pkginfo.box/p": text });
const OLD = release(CAP, BOXES, tree("old"));
const NEW = release(CAP, BOXES, tree("new"));
/** Of an activation in which folders become links. */
const STEPS = 13;

const box = (site: Fixture, name: string): string => site.path("cap", `CAP_ABC/${name}`);
const isLink = (path: string): boolean => lstatSync(path).isSymbolicLink();
const served = (site: Fixture): string[] => NAMES.flatMap((name) => Object.values(readTree(box(site, name))));
const liveFolders = (site: Fixture): string[] => readdirSync(site.path("cap", ".sitewright/live"));

async function openOld(seams: SwitchCalls["links"]): Promise<Fixture> {
  const site = await openFixture({ ...seams, settleAfterMs: 600_000 });
  await site.stage(OLD, 1);
  expect(await site.activate(CAP, 1)).toMatchObject({ kind: "activated" });
  return site;
}

test("Folders that are links are exchanged without being missing, taken back, verified, and what they led to is removed when it expires", async () => {
  let looks = 0;
  let site: Fixture | undefined;
  const look = (): void => {
    if (!site) return;
    looks += 1;
    for (const name of NAMES) expect(existsSync(`${box(site, name)}/${name[0]}`)).toBe(true);
  };
  await using opened = await openOld(
    watched((work) => {
      look();
      work();
      look();
    }).links,
  );
  expect(NAMES.map((name) => isLink(box(opened, name)))).toEqual([true, true]);
  site = opened;
  await site.stage(NEW, 2);
  expect(await site.activate(CAP, 2)).toMatchObject({ kind: "activated", previous: true });
  expect(served(site)).toEqual(["new", "new"]);
  expect(await site.verify(NEW, true)).toMatchObject({ right: true });
  expect(await site.order(CAP, 3, { kind: "undo", graceMs: 60_000 })).toEqual({ kind: "undone", manifest: OLD.digest });
  expect(served(site)).toEqual(["old", "old"]);
  await site.stage(NEW, 4);
  expect(await site.activate(CAP, 4, 0)).toMatchObject({ kind: "activated", previous: false });
  await expect.poll(() => liveFolders(opened).length).toBe(NAMES.length);
  expect(served(site)).toEqual(["new", "new"]);
  expect(looks).toBeGreaterThan(10);
  site = undefined;
  expect(await opened.order(CAP, 5, { kind: "remove", owned: BOXES })).toMatchObject({ kind: "removed" });
  await expect.poll(() => liveFolders(opened)).toEqual([]);
});

test("A folder that was exchanged by renames changes over to a link, and back to renames again", async () => {
  await using site = await openFixture();
  await site.stage(OLD, 1);
  await site.activate(CAP, 1);
  await site.stage(NEW, 2);
  await site.reopen({ retarget });
  expect(await site.activate(CAP, 2)).toMatchObject({ kind: "activated", previous: true });
  expect([NAMES.map((name) => isLink(box(site, name))), served(site)]).toEqual([
    [true, true],
    ["new", "new"],
  ]);
  expect(await site.order(CAP, 3, { kind: "undo", graceMs: 60_000 })).toMatchObject({ kind: "undone" });
  await site.reopen();
  await site.stage(NEW, 4);
  expect(await site.activate(CAP, 4)).toMatchObject({ kind: "activated", previous: true });
  expect(served(site)).toEqual(["new", "new"]);
  expect(await site.verify(NEW, true)).toMatchObject({ right: true });
});

test("Once a folder is a link, files that clients have open in it hold nothing up", async () => {
  const open = new Set<bigint>();
  const seams = watched((work, { from }) => {
    if (open.has(lstatSync(from, { bigint: true }).ino)) throw refusal();
    work();
  });
  await using site = await openOld(seams.links);
  for (const name of NAMES) open.add(lstatSync(`${box(site, name)}/.`, { bigint: true }).ino);
  await site.stage(NEW, 2);
  expect(await site.activate(CAP, 2)).toMatchObject({ kind: "activated", previous: true });
  expect(served(site)).toEqual(["new", "new"]);
});

const cases = (["a link", "a folder"] as const).flatMap((first) =>
  (["before", "after"] as const).flatMap((when) => Array.from({ length: STEPS }, (_, step) => ({ first, when, step: step + 1 }))),
);

test.each(cases)(
  "A process killed $when step $step of an exchange of what is $first leaves each folder old or new, and the next start loses neither",
  async ({ first, when, step }) => {
    const calls = dying(when, () => site);
    await using site = await openFixture(first === "a link" ? calls.links : {});
    await site.stage(OLD, 1);
    await site.activate(CAP, 1);
    if (first === "a folder") await site.reopen(calls.links);
    await site.stage(NEW, 2);
    calls.arm(step);
    expect((await site.activate(CAP, 2)).kind).toBe(calls.reached() ? "failed" : "activated");
    calls.arm(Infinity);
    await site.reopen({ retarget });
    expect([
      ["old", "old"],
      ["new", "new"],
    ]).toContainEqual(served(site));
    expect(await site.stage(NEW, 3)).toMatchObject({ kind: "staged" });
    expect(await site.activate(CAP, 3)).toMatchObject({ kind: "activated" });
    expect(served(site)).toEqual(["new", "new"]);
    expect(await site.verify(NEW, true)).toMatchObject({ right: true });
    expect(await site.order(CAP, 4, { kind: "remove", owned: BOXES })).toMatchObject({ kind: "removed" });
    await expect.poll(() => liveFolders(site)).toEqual([]);
  },
);

test.each(Array.from({ length: STEPS }, (_, step) => ({ step: step + 1 })))(
  "An exchange of links of which step $step is refused leaves the old or the new folders served, and succeeds later",
  async ({ step }) => {
    const calls = refusing();
    await using site = await openOld(calls.links);
    await site.stage(NEW, 2);
    calls.arm(step);
    const outcome = await site.activate(CAP, 2);
    expect(["activated", "FOLDER_IN_USE"]).toContain(outcome.kind === "failed" ? outcome.code : outcome.kind);
    expect([
      ["old", "old"],
      ["new", "new"],
    ]).toContainEqual(served(site));
    calls.arm(Infinity);
    expect(await site.activate(CAP, 2)).toMatchObject({ kind: "activated" });
    expect(await site.order(CAP, 3, { kind: "undo", graceMs: 60_000 })).toMatchObject({ kind: "undone" });
    expect(served(site)).toEqual(["old", "old"]);
  },
);

test("A root in which links cannot be let lead elsewhere is refused before anything in it is one, and nothing stays behind", async () => {
  await using site = await openFixture();
  const before = readTree(site.roots.dp);
  requireLinks(site.roots.dp, retarget);
  const refuse = (): void => {
    throw Object.assign(new Error("ENOTSUP: no reparse points"), { code: "ENOTSUP" });
  };
  for (const refusing of [refuse, () => {}])
    expect(() => requireLinks(site.roots.dp, refusing)).toThrow(
      expect.objectContaining({ code: "ROOT_UNFIT", message: expect.stringContaining("--switch rename") as string }),
    );
  expect(readTree(site.roots.dp)).toEqual(before);
});
