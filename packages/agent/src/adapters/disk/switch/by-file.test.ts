import { existsSync, linkSync, lstatSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CAP, capFolders, openFixture, readTree, release, type Fixture, type Tree } from "../../../../test-support/disk-fixture.ts";
import { dying, refusal, refusing, watched, type SwitchCalls } from "../../../../test-support/switch-calls.ts";
import { platform } from "../platform/platform.ts";
import type { FileCalls } from "./by-file.ts";

const BOXES = capFolders("offerinf.box", "pkginfo.box");
const same = { "CAP_ABC/pkginfo.box/same.pkg": "same" };
const tree = (text: string, more: Tree): Tree => ({
  ...same,
  "CAP_ABC/offerinf.box/all.lkp": text,
  "CAP_ABC/offerinf.box/one.ofr": text,
  "CAP_ABC/pkginfo.box/deep/readme.out": text,
  "CAP_ABC/pkginfo.box/deep/readme": text,
  ...more,
});
const OLD = release(CAP, BOXES, tree("old", { "CAP_ABC/offerinf.box/gone.dat": "old", "CAP_ABC/pkginfo.box/was/a": "old" }));
const NEW = release(CAP, BOXES, tree("new", { "CAP_ABC/offerinf.box/come.dat": "new", "CAP_ABC/pkginfo.box/is/a": "new" }));
/** Of an activation. */
const STEPS = 18;

const cap = (site: Fixture): string => site.path("cap", "CAP_ABC");
const lock = (site: Fixture): string => `${cap(site)}/offerinf.box/Inboxlck.tok`;
const OLD_SERVED: Record<string, string> = {
  "offerinf.box/all.lkp": "old",
  "offerinf.box/gone.dat": "old",
  "offerinf.box/one.ofr": "old",
  "pkginfo.box/deep/readme": "old",
  "pkginfo.box/deep/readme.out": "old",
  "pkginfo.box/same.pkg": "same",
  "pkginfo.box/was/a": "old",
};
const NEW_SERVED: Record<string, string> = {
  "offerinf.box/all.lkp": "new",
  "offerinf.box/come.dat": "new",
  "offerinf.box/one.ofr": "new",
  "pkginfo.box/deep/readme": "new",
  "pkginfo.box/deep/readme.out": "new",
  "pkginfo.box/is/a": "new",
  "pkginfo.box/same.pkg": "same",
};

/** With the old tree live and the new one staged. */
async function openStaged(seams: SwitchCalls["files"]): Promise<Fixture> {
  const site = await openFixture({ ...seams, settleAfterMs: 600_000 });
  await site.stage(OLD, 1);
  await site.activate(CAP, 1);
  await site.stage(NEW, 2);
  return site;
}

/** What is wrong with what is served: a file of no generation, one that is missing, or a list that leads to what is not there yet. */
function faults(site: Fixture): string[] {
  const served = readTree(cap(site));
  const isOf = (tree: Record<string, string>, path: string): boolean => tree[path] === served[path];
  const both = Object.keys(OLD_SERVED).filter((path) => path in NEW_SERVED);
  const isNew = served["offerinf.box/all.lkp"] === "new";
  return [
    ...Object.keys(served).filter((path) => !path.endsWith("Inboxlck.tok") && !isOf(OLD_SERVED, path) && !isOf(NEW_SERVED, path)),
    ...both.filter((path) => !(path in served)),
    ...(isNew ? Object.keys(NEW_SERVED).filter((path) => !isOf(NEW_SERVED, path)) : []),
  ];
}

test("File by file a CAP is exchanged under its lock, with what clients begin with last, and taken back; folders that stay are not moved", async () => {
  let locked = 0;
  let site: Fixture | undefined;
  const seams = watched((work, { to }) => {
    if (!site) return work();
    expect(faults(site)).toEqual([]);
    work();
    expect(faults(site)).toEqual([]);
    if (/\.(lkp|ofr)$/.test(to)) locked += Number(existsSync(lock(site)));
  });
  await using opened = await openStaged(seams.files);
  site = opened;
  const folder = (): bigint => lstatSync(`${cap(opened)}/offerinf.box`, { bigint: true }).ino;
  const before = folder();
  expect(await site.activate(CAP, 2)).toMatchObject({ kind: "activated", previous: true });
  expect(locked).toBe(4); // each goes live, and what it replaced goes to its place
  expect([readTree(cap(site)), folder()]).toEqual([NEW_SERVED, before]);
  expect(await site.verify(NEW, true)).toMatchObject({ right: true });
  site = undefined;
  expect(await opened.order(CAP, 3, { kind: "undo", graceMs: 60_000 })).toMatchObject({ kind: "undone" });
  expect(readTree(cap(opened))).toEqual(OLD_SERVED);
  expect(await opened.verify(OLD, true)).toMatchObject({ right: true });
});

test("While another program updates an inbox, nothing of the CAP is exchanged, and its lock stays; afterwards it is", async () => {
  await using site = await openStaged({ exchange: platform.exchange, byFile: { link: linkSync, rename: renameSync } });
  writeFileSync(lock(site), "");
  expect(await site.activate(CAP, 2)).toMatchObject({ kind: "failed", code: "FOLDER_IN_USE", retryable: true });
  expect(readTree(cap(site))).toEqual({ ...OLD_SERVED, "offerinf.box/Inboxlck.tok": "" });
  rmSync(lock(site));
  expect(await site.activate(CAP, 2)).toMatchObject({ kind: "activated", previous: true });
  expect(readTree(cap(site))).toEqual(NEW_SERVED);
});

test("A file that a client holds for a moment is waited for; one that it keeps takes everything back until it is let go", async () => {
  let refusals = 3;
  const { exchange, byFile } = watched((work) => work()).files;
  const rename: FileCalls["rename"] = (from, to) => {
    if (to.endsWith("/all.lkp") && refusals-- > 0) throw refusal();
    byFile.rename(from, to);
  };
  await using site = await openStaged({ exchange, byFile: { ...byFile, rename } });
  expect(await site.activate(CAP, 2)).toMatchObject({ kind: "activated" });
  await site.stage(OLD, 3);
  refusals = Infinity;
  expect(await site.activate(CAP, 3)).toMatchObject({ kind: "failed", code: "FOLDER_IN_USE" });
  expect(readTree(cap(site))).toEqual(NEW_SERVED);
  refusals = 0;
  expect(await site.activate(CAP, 3)).toMatchObject({ kind: "activated" });
  expect(readTree(cap(site))).toEqual(OLD_SERVED);
});

const cases = (["before", "after"] as const).flatMap((when) => Array.from({ length: STEPS }, (_, step) => ({ when, step: step + 1 })));

test.each(cases)(
  "A process killed $when step $step of an exchange file by file leaves each file old or new, and the next start ends it and takes the lock away",
  async ({ when, step }) => {
    const calls = dying(when, () => site);
    await using site = await openStaged(calls.files);
    calls.arm(step);
    await site.activate(CAP, 2);
    calls.arm(Infinity);
    expect(faults(site)).toEqual([]);
    await site.reopen({ byFile: { link: linkSync, rename: renameSync } });
    expect([OLD_SERVED, NEW_SERVED]).toContainEqual(readTree(cap(site)));
    await site.stage(NEW, 3);
    expect(await site.activate(CAP, 3)).toMatchObject({ kind: "activated" });
    expect(readTree(cap(site))).toEqual(NEW_SERVED);
    expect(await site.verify(NEW, true)).toMatchObject({ right: true });
    expect(await site.order(CAP, 4, { kind: "undo", graceMs: 60_000 })).toMatchObject({ kind: "undone" });
  },
);

test.each(Array.from({ length: STEPS }, (_, step) => ({ step: step + 1 })))(
  "An exchange file by file of which step $step is refused is taken back as a whole or ends, and succeeds later",
  async ({ step }) => {
    const calls = refusing();
    await using site = await openStaged(calls.files);
    calls.arm(step);
    const outcome = await site.activate(CAP, 2);
    calls.arm(Infinity);
    expect(["activated", "FOLDER_IN_USE"]).toContain(outcome.kind === "failed" ? outcome.code : outcome.kind);
    expect(readTree(cap(site))).toEqual(outcome.kind === "failed" ? OLD_SERVED : NEW_SERVED);
    expect(await site.activate(CAP, 2)).toMatchObject({ kind: "activated" });
    expect(readTree(cap(site))).toEqual(NEW_SERVED);
    expect(readdirSync(site.path("cap", ".sitewright/staging/CAP_ABC"))).toEqual([]);
  },
);
