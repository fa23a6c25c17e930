import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRoot } from "@sitewright/testkit/account";
import { noise } from "@sitewright/testkit/noise";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { startSmbServer, type SmbServer } from "./support/smb-server.ts";
import { CAP_SOURCES } from "./support/site.ts";
import { readTree } from "./support/trees/trees.ts";

/** Its client asks at the port that the protocol has; an address of its own leaves that port free for others. */
const SERVER = { address: "127.0.0.77", port: 445 };
const FILES = { "setup.exe": noise(300_000, 1), "deep/readme.txt": "Office" };

let folder: string;
let mountPoint: string;
let samba: SmbServer;
let fleet: Fleet;
/** Only root starts a server at that port. */
const mounts = isRoot && process.platform === "linux";
beforeAll(async () => {
  if (!mounts) return;
  folder = mkdtempSync(join(tmpdir(), "sitewright-share-"));
  mountPoint = join(folder, "mnt");
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["cap", "logon-point", "dp"] } },
    packages: { ABC00001: { files: FILES } },
    mounted: share,
  });
});
afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]();
  spawnSync("umount", ["--lazy", mountPoint]);
  await samba?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Shares the site data, and mounts the share as the site server's. */
async function share(siteData: string): Promise<string> {
  samba = await startServer(siteData);
  mkdirSync(mountPoint);
  const settings = join(folder, "smbnetfs");
  mkdirSync(settings, { mode: 0o700 });
  writeFileSync(join(settings, "smb.conf"), "[global]\nclient max protocol = SMB3\n", { mode: 0o600 });
  const lines = ['smb_query_browsers "false"', `host ${SERVER.address} visible=true`];
  writeFileSync(join(settings, "smbnetfs.conf"), `${lines.join("\n")}\n`, { mode: 0o600 });
  const { status } = spawnSync("smbnetfs", [mountPoint, "-o", `config=${join(settings, "smbnetfs.conf")}`], {
    // It stays, with what it inherits.
    stdio: "ignore",
    env: { ...process.env, HOME: folder },
  });
  expect(status).toBe(0);
  return join(mountPoint, SERVER.address, "SITE");
}

async function startServer(siteData: string): Promise<SmbServer> {
  const place = join(folder, "samba");
  mkdirSync(place, { recursive: true });
  const settings = `[global]\nmap to guest = Bad User\nguest account = root\n[SITE]\npath = ${siteData}\nguest ok = yes\nread only = no\n`;
  return startSmbServer(place, settings, SERVER);
}

const served = () => readTree(join(fleet.agent("SRVABC").root("dp"), "ABC00001"));
const source = () => readTree(join(fleet.siteData, "packages/ABC00001/source"));

test.runIf(mounts)("site data that the coordinator reads from a mounted SMB share are rebuilt, byte by byte", async () => {
  expect((await fleet.json("rebuild")).run.state).toBe("done");
  expect(served()).toEqual(source());
  for (const [box, from] of Object.entries(CAP_SOURCES))
    expect(readTree(join(fleet.agent("SRVABC").root("cap"), "CAP_ABC", box)), box).toEqual(
      readTree(join(fleet.siteData, "ABC/inboxes", from)),
    );
});

test.runIf(mounts)("what the site server changes on the share is what the next rebuild brings, and only that is read again", async () => {
  const changed = "packages/ABC00001/source/deep/readme.txt";
  writeFileSync(join(fleet.siteData, changed), "Office, the next one");
  // A mount remembers for a second what it was told of a file.
  const { size } = statSync(join(fleet.siteData, changed));
  await waitFor("the mount to show it", () => statSync(join(mountPoint, SERVER.address, "SITE", changed)).size === size || undefined);
  expect((await fleet.json("rebuild")).run.state).toBe("done");
  expect(served()).toEqual(source());
  const indexed = fleet.coordinator
    .log()
    .split("\n")
    .filter((line) => line.includes("indexed a unit"))
    .map((line) => JSON.parse(line) as object);
  expect(indexed.findLast((line) => (line as { unit: string }).unit === "dp/ABC00001")).toMatchObject({ files: 2, filesRead: 1 });
  expect(indexed.findLast((line) => (line as { unit: string }).unit === "cap/CAP_ABC")).toMatchObject({ filesRead: 0 });
});

test.runIf(mounts)("while the share is gone nothing is taken for deleted, and work continues once it is back", async () => {
  const before = served();
  await samba[Symbol.asyncDispose]();
  const refused = await fleet.sitewright("rebuild");
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/SITE_DATA_INVALID|IO_ERROR/) as string });
  expect(served()).toEqual(before);
  samba = await startServer(fleet.siteData);
  await waitFor("a rebuild to succeed", async () => (await fleet.sitewright("rebuild")).code === 0 || undefined);
  expect(served()).toEqual(source());
});
