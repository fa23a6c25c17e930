import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SitewrightError } from "@sitewright/protocol";
import { noise } from "@sitewright/testkit/noise";
import { CAP, capFolders, MODIFIED, openFixture, PACKAGE, PACKAGE_FOLDER, readTree, release } from "../../../test-support/disk-fixture.ts";
import { openDatabase } from "../memory/database.ts";
import { openDiskExecutor } from "./disk-executor.ts";
import { platform } from "./platform/platform.ts";

const MADE = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha", "ABC00001/sub/b": "beta" });

test("A link planted in place of a folder of the path is refused, and its target is unchanged", async () => {
  await using site = await openFixture();
  site.write("dp", { "elsewhere/offerinf.box/victim": "victim" });
  symlinkSync(site.path("dp", "elsewhere"), site.path("cap", "CAP_ABC"));
  const made = release(CAP, capFolders("offerinf.box"), { "CAP_ABC/offerinf.box/o": "o" });
  expect(await site.stage(made, 1)).toMatchObject({ kind: "failed", code: "LINK_IN_PATH" });
  expect(await site.verify(made)).toMatchObject({ kind: "failed", code: "LINK_IN_PATH" });
  expect(await site.order(CAP, 2, { kind: "remove", owned: capFolders("offerinf.box") })).toMatchObject({ code: "LINK_IN_PATH" });
  expect(readTree(site.path("dp", "elsewhere"))).toEqual({ "offerinf.box/victim": "victim" });
});

test("A link in place of an owned folder is removed as a link", async () => {
  await using site = await openFixture();
  site.write("dp", { "elsewhere/a": "victim" });
  symlinkSync(site.path("dp", "elsewhere"), site.path("dp", "ABC00001"));
  await site.stage(MADE, 1);
  expect(await site.activate(PACKAGE, 1, 50)).toMatchObject({ kind: "activated", previous: true });
  expect(readTree(site.path("dp", "ABC00001"))).toEqual({ a: "alpha", "sub/b": "beta" });
  await expect.poll(() => readTree(site.path("dp", ".sitewright"))).toEqual({});
  expect(readTree(site.path("dp", "elsewhere"))).toEqual({ a: "victim" });
});

test("A link planted in staging is never followed: the next stage removes it", async () => {
  await using site = await openFixture();
  site.write("dp", { "elsewhere/keep": "victim" });
  site.content.onFrame = (frame, stream) => {
    stream.refuse("SOURCE_CHANGED", "it was edited");
    return frame;
  };
  await site.stage(MADE, 1);
  const staged = site.path("dp", ".sitewright/staging/ABC00001/1.1/0");
  rmSync(`${staged}/sub`, { recursive: true });
  symlinkSync(site.path("dp", "elsewhere"), `${staged}/sub`);
  symlinkSync(site.path("dp", "elsewhere/keep"), `${staged}/a`);
  site.content.onFrame = (frame) => frame;
  expect(await site.stage(MADE, 1)).toMatchObject({ kind: "staged", files: 2 });
  expect(await site.activate(PACKAGE, 1)).toMatchObject({ kind: "activated" });
  expect(readTree(site.path("dp", "ABC00001"))).toEqual({ a: "alpha", "sub/b": "beta" });
  expect(readTree(site.path("dp", "elsewhere"))).toEqual({ keep: "victim" });
});

test("A link in place of the agent's own folder prevents the start", async () => {
  await using site = await openFixture();
  renameSync(site.path("dp", ".sitewright"), site.path("cap", "moved"));
  symlinkSync(site.path("cap", "moved"), site.path("dp", ".sitewright"));
  const { roots } = site;
  const database = openDatabase(site.path("cap", "data"));
  const opened = openDiskExecutor({ database, dataDir: site.path("cap", "data"), roots: [{ role: "dp", path: roots.dp }], log() {} });
  await expect(opened).rejects.toMatchObject({ code: "LINK_IN_PATH" });
  database.close();
});

for (const [what, fetched, damage] of [
  ["changed bytes", 5, (folder: string) => writeFileSync(`${folder}/a`, "other")],
  [
    "changed bytes under the old times",
    5,
    (folder: string) => {
      writeFileSync(`${folder}/a`, "alphb");
      utimesSync(`${folder}/a`, MODIFIED / 1000, MODIFIED / 1000);
    },
  ],
  ["an extra file", 0, (folder: string) => writeFileSync(`${folder}/extra`, "")],
  ["a missing folder", 4, (folder: string) => rmSync(`${folder}/sub`, { recursive: true })],
] as const) {
  test(`Staging with ${what} is not activated, and the next stage fetches only what is wrong`, async () => {
    await using site = await openFixture();
    site.write("dp", { "ABC00001/old": "old" });
    await site.stage(MADE, 1);
    damage(site.path("dp", ".sitewright/staging/ABC00001/1.1/0"));
    expect(await site.activate(PACKAGE, 1)).toMatchObject({ kind: "failed", code: "STAGING_DAMAGED", retryable: true });
    expect(readTree(site.path("dp", "ABC00001"))).toEqual({ old: "old" });
    expect(await site.stage(MADE, 1)).toMatchObject({ kind: "staged", files: 2, fetchedBytes: fetched });
    expect(await site.activate(PACKAGE, 1)).toMatchObject({ kind: "activated" });
    expect(await site.verify(MADE, true)).toMatchObject({ right: true });
  });
}

test("A staged file that got a second name is read again, and activated because its content is right", async () => {
  await using site = await openFixture();
  await site.stage(MADE, 1);
  linkSync(site.path("dp", ".sitewright/staging/ABC00001/1.1/0/a"), site.path("dp", "name-elsewhere"));
  expect(await site.activate(PACKAGE, 1)).toMatchObject({ kind: "activated" });
  expect(await site.verify(MADE)).toMatchObject({ right: true });
});

test("A disk with too little space is reported before anything is fetched, leaves nothing staged, and the live tree as it was", async () => {
  await using site = await openFixture({ freeBytes: () => Promise.resolve(1000) });
  site.write("dp", { "ABC00001/old": "old" });
  expect(await site.stage(MADE, 1)).toMatchObject({
    kind: "failed",
    code: "DISK_FULL",
    message: expect.stringContaining("1000") as unknown,
  });
  expect(site.content.asked).toEqual([]);
  expect(readTree(site.path("dp", ".sitewright"))).toEqual({});
  expect(readTree(site.path("dp", "ABC00001"))).toEqual({ old: "old" });
});

test("Staged content is removed in place when an exceeded quota prevents moving it aside", async () => {
  const inner = platform.exchange;
  const move: typeof inner.move = () => {
    throw Object.assign(new Error("EDQUOT: disk quota exceeded"), { code: "EDQUOT" });
  };
  await using site = await openFixture({ exchange: { ...inner, move } });
  const cancelled = new AbortController();
  site.content.onFrame = (frame) => {
    cancelled.abort(new SitewrightError("CANCELLED", "by hand"));
    return frame;
  };
  const made = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/big": noise(1_500_000, 9) });
  expect(await site.stage(made, 1, { signal: cancelled.signal })).toMatchObject({ kind: "failed", code: "CANCELLED" });
  expect(readTree(site.path("dp", ".sitewright"))).toEqual({});
});

test("A chunk that arrives damaged is requested again, and after three times the order fails naming the file", async () => {
  await using site = await openFixture();
  let faults = 2;
  site.content.onFrame = (frame) => (faults-- > 0 ? { ...frame, codec: 0, payload: Buffer.from("wrong!") } : frame);
  const made = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha" });
  expect(await site.stage(made, 1)).toMatchObject({ kind: "staged", fetchedBytes: 5, retriedBytes: 12 });
  faults = 100;
  const other = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/z": "zeta" });
  expect(await site.stage(other, 2)).toMatchObject({ kind: "failed", code: "HASH_MISMATCH", path: "ABC00001/z" });
});

test("A cancel removes what was staged; a stop of the agent keeps it for the next start", async () => {
  await using site = await openFixture();
  const made = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/big": noise(1_500_000, 9) });
  const abortAfter = (frames: number, controller: AbortController, reason?: unknown) => {
    site.content.onFrame = (frame) => {
      if (frames-- === 0) controller.abort(reason);
      return frame;
    };
  };
  const stopping = new AbortController();
  abortAfter(10, stopping);
  expect(await site.stage(made, 1, { signal: stopping.signal })).toMatchObject({ kind: "failed", code: "CANCELLED" });
  expect(Object.keys(readTree(site.path("dp", ".sitewright/staging")))).toEqual(["ABC00001/1.1/0/big"]);
  const cancelled = new AbortController();
  abortAfter(2, cancelled, new SitewrightError("CANCELLED", "by hand"));
  expect(await site.stage(made, 1, { signal: cancelled.signal })).toMatchObject({ kind: "failed", code: "CANCELLED" });
  expect(readTree(site.path("dp", ".sitewright"))).toEqual({});
});

test("A manifest for another unit, and one for a role that is not served, are refused", async () => {
  await using site = await openFixture();
  const foreign = { role: "dp", name: "ABC00002" } as const;
  const made = release(foreign, [{ path: "ABC00002", kind: "folder", rights: "clients-read" }], { "ABC00002/x": "x" });
  site.offer(made);
  const task = {
    kind: "stage",
    manifest: made.digest,
    manifestBytes: made.bytes.length,
    full: false,
    sourceVersion: 1,
    credit: 0,
  } as const;
  expect(await site.order(PACKAGE, 1, task)).toMatchObject({ kind: "failed", code: "MANIFEST_INVALID" });
  mkdirSync(site.path("dp", "ABC00002"));
  expect(await site.order({ role: "cap", name: "CAP_XYZ" }, 1, task)).toMatchObject({ kind: "failed", code: "MANIFEST_INVALID" });
});

test("A valid name with the Unicode replacement character is staged and verified unchanged, beside a name of other bytes that looks the same", async () => {
  await using site = await openFixture();
  const made = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/Pr\ufffdfung": "valid", "ABC00001/link": "->Pr\ufffdfung" });
  expect(await site.stage(made, 1)).toMatchObject({ kind: "staged", files: 1 });
  expect(await site.activate(PACKAGE, 1)).toMatchObject({ kind: "activated" });
  expect(await site.verify(made, true)).toMatchObject({ kind: "verified", right: true, files: 1 });
  const other = Buffer.concat([Buffer.from(site.path("dp", "ABC00001/Pr")), Buffer.from([0xfc]), Buffer.from("fung")]);
  writeFileSync(other, "not valid");
  expect(await site.verify(made)).toMatchObject({ right: false, deviations: [{ kind: "extra", path: "ABC00001/Pr\\xfcfung" }] });
});

test("A name that is not Unicode, planted in staging, is removed by the next stage", async () => {
  await using site = await openFixture();
  site.content.onFrame = (frame, stream) => {
    stream.refuse("SOURCE_CHANGED", "it was edited");
    return frame;
  };
  await site.stage(MADE, 1);
  writeFileSync(Buffer.concat([Buffer.from(`${site.path("dp", ".sitewright/staging/ABC00001/1.1/0")}/x`), Buffer.from([0xff])]), "");
  site.content.onFrame = (frame) => frame;
  expect(await site.stage(MADE, 1)).toMatchObject({ kind: "staged" });
  expect(await site.activate(PACKAGE, 1)).toMatchObject({ kind: "activated" });
  expect(readTree(site.path("dp", "ABC00001"))).toEqual({ a: "alpha", "sub/b": "beta" });
});
