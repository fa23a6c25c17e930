import { spawnSync } from "node:child_process";
import { chmodSync, createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isRoot } from "@sitewright/testkit/account";
import { beginRebuild, writeGeneration } from "./support/cap-generations.ts";
import { startFleet, type Fleet } from "./support/fleet.ts";
import { writePackage } from "./support/site.ts";
import { startSmbServer, type SmbServer, type SmbSession } from "./support/smb-server.ts";

const ACTIVATIONS = 100;
/** Every so many activations a client has a file open meanwhile. */
const HELD = 10;
/** Between two steps of a client: busy, but leaving the machine to others. */
const PAUSE_MS = 150;
const FILE = "ABC00001\\a.txt";
const page = readFileSync(join(dirname(import.meta.dirname), "docs/shares.md"), "utf8");

let fleet: Fleet;
let samba: SmbServer;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["cap", "logon-point", "dp"] } },
    packages: { ABC00001: { files: content(1) } },
  });
  writeGeneration(fleet, 1);
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

function wholeGenerationIn(text: string): number {
  const [first, body = "", last] = text.split(" ");
  expect([body.length, last]).toEqual([200_000, first]);
  return Number(first);
}

async function activate(generation: number): Promise<void> {
  writeGeneration(fleet, generation);
  writePackage(fleet.siteData, "ABC00001", { files: content(generation), on: ["SRVABC"] });
  const end = await beginRebuild({ fleet, agent: fleet.agent("SRVABC") }, 600_000);
  expect((await end()).state).toBe("done");
}

test.runIf(isRoot)("Samba finds no fault with the settings of docs/shares.md", () => {
  const { status, stderr } = spawnSync("testparm", ["--suppress-prompt", join(fleet.folder, "samba/smb.conf")], { encoding: "utf8" });
  expect(status).toBe(0);
  expect(stderr).not.toMatch(/unknown parameter|ignoring|global parameter .* found in service/i);
});

test.runIf(isRoot)("clients find every share, and neither see nor reach what the agent stages", async () => {
  expect((await samba.client("CAP_ABC", "ls offerinf.box\\*")).text).toContain("ABC00001.ofr");
  expect((await samba.client("SMSLOGON", "ls i386\\*")).text).toContain("smsls.exe");
  const packages = await samba.client("SMSPKGD$", "ls");
  expect(packages.text).toContain("ABC00001");
  expect(packages.text).not.toContain(".sitewright");
  expect((await samba.client("SMSPKGD$", "cd .sitewright")).text).toMatch(/NT_STATUS/);
  expect(existsSync(join(fleet.agent("SRVABC").root("dp"), ".sitewright"))).toBe(true);
});

/** From the lookup file of the CAP to its package: each is as new as what refers to it, or newer. */
async function followOffers(session: SmbSession): Promise<number> {
  let newest = 0;
  async function get(path: string): Promise<string> {
    const text = await session.run(`get ${path} -`);
    const generation = Number(/^; generation (\d+)$/m.exec(text)?.[1]);
    expect(generation, text).toBeGreaterThanOrEqual(newest);
    newest = generation;
    return text;
  }
  const lookup = await get("offerinf.box\\ABCSystm.lkp");
  const seen = newest;
  const offer = await get(`offerinf.box\\${/^PC00001=(\S+)$/m.exec(lookup)?.[1]}`);
  const found = await get(`offerinf.box\\${/^Offer=(\S+)$/m.exec(offer)?.[1]}`);
  await get(`pkginfo.box\\${/^Package=(\S+)$/m.exec(found)?.[1]}.pkg`);
  return seen;
}

/** Opens the package's file and reads its beginning; the returned function reads the rest from the same handle. */
async function holdOpen(session: SmbSession): Promise<() => Promise<string>> {
  const pipe = join(fleet.folder, "held");
  const got = session.run(`get ${FILE} ${pipe}`);
  const chunks = createReadStream(pipe, { encoding: "utf8", highWaterMark: 1024 })[Symbol.asyncIterator]();
  let text = String((await chunks.next()).value);
  return async () => {
    for (let chunk = await chunks.next(); !chunk.done; chunk = await chunks.next()) text += chunk.value;
    await got;
    return text;
  };
}

test.runIf(isRoot)(
  `in ${ACTIVATIONS} activations clients of the shares find every file, whole, never an older one after a newer, and lose none`,
  async () => {
    let isGoing = true;
    const sessions: SmbSession[] = [];
    const connect = (share: string): SmbSession => {
      const session = samba.session(share);
      sessions.push(session);
      return session;
    };
    async function repeat(step: () => Promise<void>): Promise<void> {
      for (; isGoing; await sleep(PAUSE_MS)) await step();
    }
    const [offers, packages, requests, holder] = [connect("CAP_ABC"), connect("SMSPKGD$"), connect("CAP_ABC"), connect("SMSPKGD$")];
    const followed: number[] = [];
    const read: number[] = [];
    let written = 0;
    const target = join(fleet.folder, "read.txt");
    const request = join(fleet.folder, "request.txt");
    writeFileSync(request, "a request of a client");
    const clients = Promise.all([
      repeat(async () => void followed.push(await followOffers(offers))),
      repeat(async () => {
        expect(await packages.run(`get ${FILE} ${target}`)).toContain("getting file");
        read.push(wholeGenerationIn(readFileSync(target, "utf8")));
      }),
      repeat(async () => {
        expect(await requests.run(`put ${request} ccr.box\\PC${written}.ccr`)).toContain("putting file");
        written += 1;
      }),
    ]);
    clients.catch(() => (isGoing = false));
    expect(spawnSync("mkfifo", [join(fleet.folder, "held")]).status).toBe(0);
    const held: Array<{ opened: number; text: string }> = [];
    for (let generation = 2; isGoing && generation <= ACTIVATIONS + 1; generation++) {
      const readRest = generation % HELD === 0 ? await holdOpen(holder) : undefined;
      await activate(generation);
      if (readRest) held.push({ opened: generation - 1, text: await readRest() });
    }
    isGoing = false;
    await clients;
    for (const session of sessions) await session[Symbol.asyncDispose]();

    for (const seen of [followed, read]) {
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      expect(new Set(seen).size).toBeGreaterThan(ACTIVATIONS / 4);
    }
    expect(held.map(({ text }) => wholeGenerationIn(text))).toEqual(held.map(({ opened }) => opened));
    expect(held.length).toBe(ACTIVATIONS / HELD);
    const kept = readdirSync(join(fleet.agent("SRVABC").root("cap"), "CAP_ABC/ccr.box"));
    expect(kept.length).toBe(written);
    expect(written).toBeGreaterThan(ACTIVATIONS);
  },
);

test.runIf(isRoot)("what clients put into their inboxes survives a rebuild and an undo of their CAP", async () => {
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
