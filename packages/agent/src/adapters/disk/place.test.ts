import { setTimeout as sleep } from "node:timers/promises";
import { chmodSync, chownSync, closeSync, linkSync, mkdirSync, openSync, rmSync, statSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isRoot, NOBODY } from "@sitewright/testkit/account";
import {
  CAP,
  capFolders,
  MODIFIED,
  openFixture,
  PACKAGE,
  PACKAGE_FOLDER,
  release,
  type Fixture,
} from "../../../test-support/disk-fixture.ts";
import { ACCESS_ACL, DEFAULT_ACL } from "../../domain/rights/rights.ts";
import { platform } from "./platform/platform.ts";

const GROUP = 50;
/** The attributes for NT ACLs of Samba: with and without the privilege for the usual one. */
const NT_ACL = isRoot ? "security.NTACL" : "user.NTACL";
/** O:S-1-22-1-0 G:S-1-22-2-0 D:(A;OICI;0x1200a9;;;S-1-22-1-5), in version 1. */
const ONE_READER =
  "0100010000000200010004801c0000002c000000000000003c00000001020000000000160100000000000000010200000000001602000000000000000400200001000000000318" +
  "00a900120001020000000000160100000005000000";

const MADE = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha", "ABC00001/sub/b": "beta" });
const NEXT = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha 2", "ABC00001/sub/b": "beta", "ABC00001/sub/c": "gamma" });

/** u::6 or 7, a named reader, no others: as an administrator restricts a package. */
function acl(owner: number): Uint8Array {
  const entries = [
    [1, owner, 0xffffffff],
    [2, 5, 5],
    [4, 0, 0xffffffff],
    [16, 5, 0xffffffff],
    [32, 0, 0xffffffff],
  ] as const;
  const bytes = Buffer.alloc(4 + 8 * entries.length);
  bytes.writeUInt32LE(2);
  entries.forEach(([tag, permissions, id], i) => {
    bytes.writeUInt16LE(tag, 4 + 8 * i);
    bytes.writeUInt16LE(permissions, 6 + 8 * i);
    bytes.writeUInt32LE(id, 8 + 8 * i);
  });
  return bytes;
}

function give(path: string, name: string, value: Uint8Array): void {
  const fd = openSync(path, "r");
  platform.attributes.set(fd, name, value);
  closeSync(fd);
}

function restrict(path: string, isFolder = true): void {
  give(path, ACCESS_ACL, acl(isFolder ? 7 : 6));
  if (isFolder) give(path, DEFAULT_ACL, acl(7));
}

function rights(path: string) {
  const { uid, gid, mode } = statSync(path);
  const named = [...platform.attributes.read(path)].map(([name, value]) => [name, Buffer.from(value).toString("hex")]);
  return { uid, gid, mode: mode & 0o7777, ...Object.fromEntries(named) } as Record<string, unknown>;
}

async function rebuild(site: Fixture, made: typeof MADE, counter: number): Promise<void> {
  expect(await site.stage(made, counter)).toMatchObject({ kind: "staged" });
  expect(await site.activate(made.manifest.unit, counter)).toMatchObject({ kind: "activated" });
}

const PATHS = ["ABC00001", "ABC00001/a", "ABC00001/sub", "ABC00001/sub/b"];
const all = (site: Fixture) => PATHS.map((path) => rights(site.path("dp", path)));

function restrictAll(site: Fixture): void {
  for (const path of PATHS) restrict(site.path("dp", path), statSync(site.path("dp", path)).isDirectory());
}

test("A package that an administrator restricted by ACL stays restricted in a new version: changed, unchanged and new entries", async () => {
  await using site = await openFixture();
  await rebuild(site, MADE, 1);
  restrictAll(site);
  const before = all(site);
  expect(await site.verify(MADE)).toMatchObject({ right: true });
  await rebuild(site, NEXT, 2);
  expect(all(site)).toEqual(before);
  expect(rights(site.path("dp", "ABC00001/sub/c"))).toMatchObject({
    mode: 0o640,
    [ACCESS_ACL]: Buffer.from(acl(6)).fill(4, 30, 31).toString("hex"),
  });
  expect(await site.verify(NEXT, true)).toMatchObject({ right: true });
});

test("A package that is restricted by ACL and right is activated in place", async () => {
  await using site = await openFixture();
  await rebuild(site, MADE, 1);
  restrictAll(site);
  const { ino } = statSync(site.path("dp", "ABC00001"));
  await rebuild(site, MADE, 2);
  expect(statSync(site.path("dp", "ABC00001")).ino).toBe(ino);
});

test("What is restricted while the next version is staged is restricted when that goes live", async () => {
  await using site = await openFixture();
  await rebuild(site, MADE, 1);
  await site.stage(NEXT, 2);
  restrictAll(site);
  const before = all(site);
  expect(await site.activate(PACKAGE, 2)).toMatchObject({ kind: "activated" });
  expect(all(site)).toEqual(before);
});

test("What was restricted since stays restricted when an undo restores the previous version, and when another restores the newer one", async () => {
  await using site = await openFixture();
  await rebuild(site, MADE, 1);
  await rebuild(site, NEXT, 2);
  restrictAll(site);
  const before = all(site);
  for (const counter of [3, 4]) {
    expect(await site.order(PACKAGE, counter, { kind: "undo", graceMs: 60_000 })).toMatchObject({ kind: "undone" });
    expect(all(site)).toEqual(before);
  }
  await rebuild(site, NEXT, 5);
  expect(all(site)).toEqual(before);
});

test("An NT ACL of Samba is given to what replaces a file, and a new file gets what its folder passes on", async () => {
  await using site = await openFixture();
  await rebuild(site, MADE, 1);
  for (const path of PATHS) give(site.path("dp", path), NT_ACL, Buffer.from(ONE_READER, "hex"));
  await rebuild(site, NEXT, 2);
  for (const path of PATHS) expect(rights(site.path("dp", path))[NT_ACL]).toBe(ONE_READER);
  const inherited = Buffer.from(ONE_READER, "hex");
  inherited.writeUInt16LE(0x8404, 10); // inherited as a whole, and each entry of it
  inherited.writeUInt8(0x10, 69);
  expect(rights(site.path("dp", "ABC00001/sub/c"))[NT_ACL]).toBe(inherited.toString("hex"));
  expect(await site.verify(NEXT)).toMatchObject({ right: true });
});

test("What a role root passes on reaches a new package and the folders above a CAP's, as if they had been made by hand", async () => {
  await using site = await openFixture();
  for (const root of ["dp", "cap"] as const) {
    give(site.roots[root], DEFAULT_ACL, acl(7));
    chmodSync(site.roots[root], 0o2755);
    mkdirSync(site.path(root, "by hand"));
    writeFileSync(site.path(root, "by hand/file"), "");
  }
  await site.reopen();
  await rebuild(site, MADE, 1);
  await rebuild(site, release(CAP, capFolders("pkginfo.box"), { "CAP_ABC/pkginfo.box/x": "x" }), 1);
  for (const path of ["dp/ABC00001", "dp/ABC00001/sub", "cap/CAP_ABC", "cap/CAP_ABC/pkginfo.box"]) {
    const [root, ...rest] = path.split("/");
    expect(rights(site.path(root as "dp", rest.join("/"))), path).toEqual(rights(site.path(root as "dp", "by hand")));
  }
  expect(rights(site.path("dp", "ABC00001/sub/b"))).toEqual(rights(site.path("dp", "by hand/file")));
  expect(await site.verify(MADE)).toMatchObject({ right: true });
});

test("A restricted package folder stays restricted; a restricted or writable file in an open one is reported and repaired", async () => {
  await using site = await openFixture();
  await rebuild(site, MADE, 1);
  chmodSync(site.path("dp", "ABC00001"), 0o700);
  expect(await site.verify(MADE)).toMatchObject({ right: true });
  await rebuild(site, NEXT, 2);
  expect(rights(site.path("dp", "ABC00001"))["mode"]).toBe(0o700);
  chmodSync(site.path("dp", "ABC00001"), 0o755);
  chmodSync(site.path("dp", "ABC00001/a"), 0o600);
  chmodSync(site.path("dp", "ABC00001/sub"), 0o777);
  chmodSync(site.path("dp", "ABC00001/sub/b"), 0o4666);
  expect(await site.verify(NEXT)).toMatchObject({
    right: false,
    deviations: ["ABC00001/a", "ABC00001/sub", "ABC00001/sub/b"].map((path) => ({ kind: "rights", path })),
  });
  await rebuild(site, NEXT, 3);
  expect(all(site).map(({ mode }) => mode)).toEqual([0o755, 0o644, 0o755, 0o644]);
});

// An old file is recognised by its times: it is staged as a second name of it, and not as a copy.
test.each([
  ["was linked a moment ago", 0],
  ["was linked long ago", 200],
])(
  "Rights are never changed through a file that %s elsewhere: it goes live as a copy, also when it lost its live name since it was staged",
  async (_, ageMs) => {
    await using site = await openFixture();
    await rebuild(site, MADE, 1);
    const live = site.path("dp", "ABC00001/sub/b");
    const elsewhere = site.path("dp", "kept by an administrator");
    linkSync(live, elsewhere);
    const before = [statSync(elsewhere).ino, rights(elsewhere)];
    await sleep(ageMs);
    expect(await site.stage(NEXT, 2)).toMatchObject({ kind: "staged" });
    // So that losing a name changes its times.
    await sleep(ageMs / 10);
    rmSync(live);
    writeFileSync(live, "beta");
    restrict(live, false);
    expect(await site.activate(PACKAGE, 2)).toMatchObject({ kind: "activated" });
    expect([statSync(elsewhere).ino, rights(elsewhere)]).toEqual(before);
    expect(rights(live)).toMatchObject({ [ACCESS_ACL]: Buffer.from(acl(6)).toString("hex") });
    expect([statSync(live).ino, Math.round(statSync(live).mtimeMs)]).toEqual([expect.not.toBeOneOf([before[0]]), MODIFIED]);
    expect(await site.verify(NEXT, true)).toMatchObject({ right: true });
  },
);

for (const stranger of isRoot ? [NOBODY] : []) {
  test("What a foreign account owns in a live folder is reported, and neither it nor those it admitted get write access to what replaces it", async () => {
    await using site = await openFixture();
    await rebuild(site, MADE, 1);
    for (const path of ["ABC00001/a", "ABC00001/sub", "ABC00001/sub/b"]) {
      restrict(site.path("dp", path), path.endsWith("sub"));
      chownSync(site.path("dp", path), stranger, stranger);
    }
    expect(await site.verify(MADE)).toMatchObject({ right: false, counts: { rights: 3 } });
    await rebuild(site, MADE, 2);
    expect(all(site)).toEqual([0o755, 0o644, 0o755, 0o644].map((mode) => ({ uid: 0, gid: 0, mode })));
    expect(await site.verify(MADE)).toMatchObject({ right: true });
  });

  test("The owner and the group that an administrator gave a package, and the owner of a role root, are kept", async () => {
    await using site = await openFixture();
    await rebuild(site, MADE, 1);
    for (const path of PATHS) chownSync(site.path("dp", path), stranger, GROUP);
    chmodSync(site.path("dp", "ABC00001/a"), 0o640);
    const before = all(site);
    await rebuild(site, NEXT, 2);
    expect(all(site)).toEqual(before);
    expect(rights(site.path("dp", "ABC00001/sub/c"))).toEqual({ uid: stranger, gid: 0, mode: 0o644 });
    chownSync(site.roots.cap, stranger, GROUP);
    chmodSync(site.roots.cap, 0o2775);
    await rebuild(site, release(CAP, capFolders("pkginfo.box"), { "CAP_ABC/pkginfo.box/x": "x" }), 1);
    for (const path of ["CAP_ABC", "CAP_ABC/pkginfo.box"])
      expect(rights(site.path("cap", path))).toEqual({ uid: stranger, gid: GROUP, mode: 0o2755 });
    expect(rights(site.path("cap", "CAP_ABC/pkginfo.box/x"))).toEqual({ uid: stranger, gid: GROUP, mode: 0o644 });
  });

  test("In a folder with write access for all, an account that creates a package's folder first gains nothing", async () => {
    await using site = await openFixture();
    chmodSync(site.roots.dp, 0o1777);
    mkdirSync(site.path("dp", "ABC00001"));
    chownSync(site.path("dp", "ABC00001"), stranger, stranger);
    await rebuild(site, MADE, 1);
    expect(all(site).map(({ uid }) => uid)).toEqual([0, 0, 0, 0]);
  });
}
