import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFleet, type Fleet } from "./support/fleet.ts";
import { writePackage } from "./support/site.ts";
import { startSmbServer, type SmbServer } from "./support/smb-server.ts";

const ROUNDS = 6;
const page = readFileSync(join(dirname(import.meta.dirname), "docs/shares.md"), "utf8");

let fleet: Fleet;
let samba: SmbServer;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["cap", "logon-point", "dp"] } },
    packages: { ABC00001: { files: content(0) } },
  });
  await fleet.sitewright("rebuild");
  const { root } = fleet.agent("SRVABC");
  // What clients write to is created by the site server's setup, not by the agent.
  mkdirSync(join(root("cap"), "CAP_ABC/ccr.box"));
  chmodSync(join(root("cap"), "CAP_ABC/ccr.box"), 0o777);
  for (const folder of [fleet.folder, dirname(root("cap"))]) chmodSync(folder, 0o755);
  const settings = page
    .slice(page.indexOf("```ini\n") + "```ini\n".length, page.indexOf("```\n", page.indexOf("```ini\n")))
    .replace("/srv/cap/", `${root("cap")}/`)
    .replace("/srv/logon/", `${root("logon-point")}/`)
    .replace("/srv/dp", root("dp"));
  const folder = join(fleet.folder, "samba");
  mkdirSync(folder);
  samba = await startSmbServer(folder, settings);
});
afterAll(async () => {
  await samba?.[Symbol.asyncDispose]();
  await fleet?.[Symbol.asyncDispose]();
});

/** A file that names its generation at both ends, and is longer than one read. */
function content(generation: number): Record<string, string> {
  return { "a.txt": `${generation} ${"x".repeat(200_000)} ${generation}` };
}

test("Samba finds no fault with the settings of docs/shares.md", () => {
  const { status, stderr } = spawnSync("testparm", ["--suppress-prompt", join(fleet.folder, "samba/smb.conf")], { encoding: "utf8" });
  expect(status).toBe(0);
  expect(stderr).not.toMatch(/unknown parameter|ignoring|global parameter .* found in service/i);
});

test("clients find every share, and neither see nor reach what the agent stages", async () => {
  expect((await samba.client("CAP_ABC", "ls offerinf.box\\*")).text).toContain("ABC00001.ofr");
  expect((await samba.client("SMSLOGON", "ls i386\\*")).text).toContain("smsls.exe");
  const packages = await samba.client("SMSPKGD$", "ls");
  expect(packages.text).toContain("ABC00001");
  expect(packages.text).not.toContain(".sitewright");
  expect((await samba.client("SMSPKGD$", "cd .sitewright")).text).toMatch(/NT_STATUS/);
  expect(existsSync(join(fleet.agent("SRVABC").root("dp"), ".sitewright"))).toBe(true);
});

test("while a package is exchanged repeatedly clients read complete files, never an older one after a newer", async () => {
  const target = join(fleet.folder, "read.txt");
  const seen: number[] = [];
  let isReading = true;
  async function read(): Promise<void> {
    while (isReading) {
      const { code, text } = await samba.client("SMSPKGD$", `get ABC00001\\a.txt ${target}`);
      expect(code, text).toBe(0);
      const [first, body = "", last] = readFileSync(target, "utf8").split(" ");
      expect([body.length, last]).toEqual([200_000, first]);
      seen.push(Number(first));
    }
  }
  const reading = read();
  for (let round = 1; round <= ROUNDS; round++) {
    writePackage(fleet.siteData, "ABC00001", { files: content(round), on: ["SRVABC"] });
    expect((await fleet.sitewright("rebuild", "--package", "ABC00001")).code).toBe(0);
  }
  isReading = false;
  await reading;
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(new Set(seen).size).toBeGreaterThan(2);
});

test("what clients put into their inboxes survives a rebuild and an undo of their CAP", async () => {
  const report = join(fleet.folder, "report.txt");
  writeFileSync(report, "a request of a client");
  expect((await samba.client("CAP_ABC", `put ${report} ccr.box\\PC00001.ccr`)).code).toBe(0);
  writeFileSync(join(fleet.siteData, "ABC/inboxes/clicomp.src/Compver.ini"), "; B\nVersion=2\n");
  expect((await fleet.sitewright("rebuild", "--role", "cap")).code).toBe(0);
  expect((await samba.client("CAP_ABC", `get clicomp.box\\Compver.ini ${report}`)).code).toBe(0);
  expect(readFileSync(report, "utf8")).toContain("Version=2");
  expect((await fleet.sitewright("undo", "--role", "cap")).code).toBe(0);
  expect(readFileSync(join(fleet.agent("SRVABC").root("cap"), "CAP_ABC/ccr.box/PC00001.ccr"), "utf8")).toBe("a request of a client");
});
