import { createPrivateKey } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { decodeMediaReceipt, decodeSigned } from "@sitewright/protocol";
import { runProgram } from "../scripts/support/programs.ts";
import { operatorToken, startFleet, thisSystem, waitFor, type Fleet } from "./support/fleet.ts";
import { agentAlone, fingerprint, importAlone } from "./support/media.ts";
import { writePackage } from "./support/site.ts";
import { readTree, writeTree } from "./support/trees/trees.ts";

let fleet: Fleet;
let media: string;
beforeAll(async () => {
  media = mkdtempSync(join(tmpdir(), "sitewright-media-"));
  fleet = await startFleet({
    systems: {
      SRVABC: { roles: ["cap", "dp"] },
      DPSEC: { site: "SEC", roles: ["dp"] },
      DPTWO: { site: "SEC", roles: ["dp"] },
      DPISLAND: { roles: ["dp"] },
      DPRUN: { roles: ["dp"] },
    },
    absent: ["DPISLAND"],
    packages: {
      ABC00001: {
        files: { "big.bin": noise(3_000_000, 1), "sub/text.txt": "a text", "tool.sh": { content: "#!/bin/sh\n", mode: 0o755 } },
        version: 2,
      },
      ABC00002: { files: { "same.bin": noise(3_000_000, 1), "other.bin": noise(700_000, 3) }, version: 1 },
    },
  });
  for (const system of ["SRVABC", "DPSEC", "DPTWO"]) await fleet.agent(system).stop();
});
afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]();
  rmSync(media, { recursive: true, force: true });
});

const source = (id: string) => readTree(join(fleet.siteData, "packages", id, "source"));
const live = (system: string, id: string) => readTree(join(fleet.agent(system).root("dp"), id));

async function write(name: string, ...options: string[]): Promise<{ to: string; bytes: number; volumes: number; units: number }> {
  const to = join(media, name);
  const written = await fleet.json<{ bytes: number; volumes: number; units: number }>("media", "write", to, ...options);
  expect(written.exitCode).toBe(0);
  return { to, ...written };
}

test("a medium that the coordinator's program wrote is imported by an agent without any network, is not changed by that, and its units are served", async () => {
  const { to } = await write("first", "--system", "DPSEC");
  const before = fingerprint(to);
  const { code, units } = await importAlone(fleet.agent("DPSEC"), [to]);
  expect([code, units]).toEqual([0, { ABC00001: "live", ABC00002: "live" }]);
  expect(live("DPSEC", "ABC00001")).toEqual(source("ABC00001"));
  expect(live("DPSEC", "ABC00002")).toEqual(source("ABC00002"));
  expect(statSync(join(fleet.agent("DPSEC").root("dp"), "ABC00001/tool.sh")).mode & 0o111).toBe(0o111);
  expect(fingerprint(to)).toEqual(before);
});

test("importing a medium again changes nothing, and a medium for other systems is refused", async () => {
  const to = join(media, "first");
  const root = fleet.agent("DPSEC").root("dp");
  const before = statSync(join(root, "ABC00001/big.bin"), { bigint: true });
  expect((await importAlone(fleet.agent("DPSEC"), [to])).units).toEqual({ ABC00001: "live", ABC00002: "live" });
  expect(statSync(join(root, "ABC00001/big.bin"), { bigint: true })).toMatchObject({ ino: before.ino, mtimeNs: before.mtimeNs });
  const refused = await importAlone(fleet.agent("DPTWO"), [to]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("MEDIUM_NOT_FOR_SYSTEM")]);
});

test("a medium explains itself: help, every task of a recovery, the error codes, and the programs that were given", async () => {
  const tools = join(media, "programs");
  mkdirSync(tools);
  cpSync("packages/agent/dist/bundle/main.js", join(tools, "agent.js"));
  const { to } = await write("self", "--system", "DPTWO", "--tools", tools);
  const first = join(to, "volume-1");
  expect(readFileSync(join(first, "SITEWRIGHT.TXT"), "utf8")).toContain("sitewright-agent import FOLDER --data-dir DATA");
  expect(readFileSync(join(first, "TASKS.TXT"), "utf8")).toContain("P24");
  expect(readFileSync(join(first, "TASKS.HTM"), "utf8")).toContain("<html");
  expect(readFileSync(join(first, "CODES.TXT"), "utf8")).toContain("MEDIUM_VOLUME_MISSING");
  expect(readFileSync(join(first, "tools/agent.js"))).toEqual(readFileSync("packages/agent/dist/bundle/main.js"));
});

test("what two units and many systems share is once on a medium", async () => {
  const one = await write("one", "--system", "DPTWO", "--package", "ABC00001");
  const all = await write("all", "--role", "dp");
  // Beside the first package: 0.7 MB of the second, whose other file is the same.
  expect(all.bytes - one.bytes).toBeGreaterThan(700_000);
  expect(all.bytes - one.bytes).toBeLessThan(800_000);
});

test("volumes are imported one after another in any order, and each import states what is missing on which volume", async () => {
  const { to, volumes } = await write("volumes", "--system", "DPTWO", "--volume-size", "3.6M");
  expect(volumes).toBe(2);
  for (const volume of ["volume-1", "volume-2"]) expect(folderBytes(join(to, volume))).toBeLessThanOrEqual(3_600_000);
  const second = await importAlone(fleet.agent("DPTWO"), [join(to, "volume-2")]);
  expect([second.code, second.stderr]).toEqual([1, expect.stringMatching(/\d+ chunks missing on volume 1/)]);
  expect(second.units).toEqual({ ABC00001: "incomplete MEDIUM_VOLUME_MISSING", ABC00002: "incomplete MEDIUM_VOLUME_MISSING" });
  expect(existsSync(join(fleet.agent("DPTWO").root("dp"), "ABC00001"))).toBe(false);
  const first = await importAlone(fleet.agent("DPTWO"), [join(to, "volume-1")]);
  expect(first.units["ABC00002"]).toBe("live");
  expect([first.code, live("DPTWO", "ABC00001")]).toEqual([0, source("ABC00001")]);
  expect(live("DPTWO", "ABC00002")).toEqual(source("ABC00002"));
});

test("an agent that runs imports by itself, volume after volume, and its coordinator knows what is live without a receipt", async () => {
  const { to } = await write("running", "--system", "DPRUN", "--volume-size", "3.6M");
  const agent = fleet.agent("DPRUN");
  const importing = (volume: string, ...more: string[]) =>
    runProgram("sitewright-agent", ["import", join(to, volume), "--data-dir", join(agent.place.folder, "agent-data"), ...more]);
  const first = await importing("volume-2");
  expect([first.code, first.stderr]).toEqual([1, expect.stringMatching(/MEDIUM_VOLUME_MISSING: .* \d+ chunks missing on volume 1/)]);
  const second = await importing("volume-1", "--receipt", to);
  expect([second.code, second.stdout]).toEqual([
    0,
    expect.stringMatching(/dp\/ABC00002 +complete and live[^]*receipt: .*DPRUN-.*\.receipt/),
  ]);
  expect([live("DPRUN", "ABC00001"), live("DPRUN", "ABC00002")]).toEqual([source("ABC00001"), source("ABC00002")]);
  await waitFor("the units at the coordinator", async () => (await fleet.system("DPRUN")).held?.length === 2);
  expect((await importing("volume-1")).code).toBe(0);
  expect(agent.process?.exitCode).toBeNull();
});

function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).reduce((sum, path) => {
    const stats = statSync(join(folder, path));
    return sum + (stats.isFile() ? stats.size : 0);
  }, 0);
}

test("a receipt is taken in by the coordinator, which then knows what the system holds, and the ledger has it", async () => {
  const back = join(media, "back");
  expect((await importAlone(fleet.agent("DPSEC"), [join(media, "first")], "--receipt", back)).code).toBe(0);
  const [text = ""] = readdirSync(join(back, "receipts")).filter((name) => name.endsWith(".txt"));
  expect(readFileSync(join(back, "receipts", text), "utf8")).toMatch(/System {7}DPSEC\r\n[^]*dp\/ABC00001 {2}live/);
  expect((await fleet.system("DPSEC")).held).toEqual([]);
  const taken = await fleet.sitewright("media", "receipt", back);
  expect([taken.code, taken.stdout]).toEqual([
    0,
    expect.stringMatching(/^DPSEC of the medium \w{16}: 2 live, 0 incomplete, 0 failed; holds 2 units\n$/),
  ]);
  const logs = await fleet.sitewright("logs", "--system", "DPSEC");
  expect([logs.code, logs.stdout]).toEqual([3, expect.stringMatching(/ agent +info +a unit of the medium is live .*unit=dp\/ABC00001/)]);
  const served = (await fleet.system("DPSEC")).held.map(({ unit, live: known, sourceVersion }) => [
    unit.name,
    known !== undefined,
    sourceVersion,
  ]);
  expect(served).toEqual([
    ["ABC00001", true, 2],
    ["ABC00002", true, 1],
  ]);
  const { entries } = (await (await fleet.api("/api/v1/ledger")).json()) as { entries: { kind: string; about: object }[] };
  expect(entries.filter(({ kind }) => kind === "medium-ordered").length).toBeGreaterThan(3);
  expect(entries.find(({ kind }) => kind === "media-receipt-taken")?.about).toEqual({ system: "DPSEC" });
});

test("a medium that was overtaken by a newer one is refused, and an earlier receipt that comes again is only named", async () => {
  const agent = fleet.agent("DPSEC");
  const old = await write("old", "--system", "DPSEC", "--package", "ABC00001");
  writePackage(fleet.siteData, "ABC00001", { files: { "new.txt": "new" }, on: ["SRVABC", "DPSEC", "DPTWO", "DPISLAND"], version: 3 });
  const next = await write("new", "--system", "DPSEC", "--package", "ABC00001");
  const back = join(media, "back-new");
  expect((await importAlone(agent, [next.to], "--receipt", back)).units).toEqual({ ABC00001: "live" });
  const refused = await importAlone(agent, [old.to]);
  expect([refused.code, refused.units]).toEqual([1, { ABC00001: "failed NEWER_VERSION_HELD" }]);
  expect(live("DPSEC", "ABC00001")).toEqual(source("ABC00001"));
  expect((await fleet.sitewright("media", "receipt", back)).code).toBe(0);
  const earlier = await fleet.sitewright("media", "receipt", join(media, "back"));
  expect([earlier.code, earlier.stdout]).toEqual([
    0,
    expect.stringMatching(/DPSEC-.*\.receipt was taken in before, and a later one of DPSEC since/),
  ]);
});

test("a site server that lost the sources of its packages takes them from a medium, with nothing but the certificate of its authority", async () => {
  const to = join(media, "sources");
  const ca = join(media, "ca.pem");
  cpSync(join(fleet.dataDir, "ca.pem"), ca);
  const { code, stdout, stderr } = await runProgram("sitewright", ["media", "import", join(media, "new"), "--to", to, "--ca", ca]);
  expect([code, stdout, stderr]).toEqual([0, `dp/ABC00001  4 files, 3.0 MB, below ${to}\n`, ""]);
  expect(readTree(join(to, "ABC00001"))).toEqual(source("ABC00001"));
});

test("a package whose source vanished goes by no medium, and the write says so", async () => {
  const id = "ABC00009";
  writePackage(fleet.siteData, id, { files: { "only.txt": "x" }, on: ["DPTWO"], version: 1 });
  expect((await fleet.sitewright("media", "plan", "--system", "DPTWO")).stdout).toContain(`dp/${id}`);
  rmSync(join(fleet.siteData, "packages", id, "source/only.txt"));
  const written = await fleet.sitewright("media", "write", join(media, "vanished"), "--system", "DPTWO");
  expect([written.code, written.stderr]).toEqual([1, expect.stringMatching(/left out: dp\/ABC00009 for DPTWO: SOURCE_GONE/)]);
  expect((await fleet.sitewright("media", "verify", join(media, "vanished"))).stdout).not.toContain(id);
  rmSync(join(fleet.siteData, "packages", id), { recursive: true });
});

test("a client access point and packages of one system are imported together, and what clients left there stays", async () => {
  const agent = fleet.agent("SRVABC");
  writeTree(agent.root("cap"), { "CAP_ABC/ccr.box/PC00001.ccr": "configuration request" });
  const { to } = await write("cap", "--system", "SRVABC");
  expect((await importAlone(agent, [to])).units).toEqual({ CAP_ABC: "live", ABC00001: "live", ABC00002: "live" });
  const cap = readTree(join(agent.root("cap"), "CAP_ABC"));
  expect(cap["ccr.box/PC00001.ccr"]).toEqual(readTree(agent.root("cap"))["CAP_ABC/ccr.box/PC00001.ccr"]);
  expect(cap["offerinf.box/ABC00001.ofr"]).toEqual(readTree(join(fleet.siteData, "ABC/inboxes"))["offerinf.box/ABC00001.ofr"]);
});

test("an agent that runs states its needs and writes receipts when it is asked, and its coordinator takes both", async () => {
  const agent = fleet.agent("DPRUN");
  const dataDir = join(agent.place.folder, "agent-data");
  const needs = join(media, "running.needs");
  const wanted = await runProgram("sitewright-agent", ["media", "want", "--data-dir", dataDir, "--to", needs, "--package", "ABC00001"]);
  expect(wanted).toMatchObject({ code: 0, stdout: `${needs} states 2 units\n`, stderr: "" });
  writePackage(fleet.siteData, "ABC00001", {
    files: { "third.txt": "third" },
    on: ["SRVABC", "DPSEC", "DPTWO", "DPISLAND", "DPRUN"],
    version: 4,
  });
  const { to, units } = await write("wanted", "--system", "DPRUN", "--needs", needs, "--encrypt");
  expect(units).toBe(1);
  const back = join(media, "back-running");
  const receipt = () => runProgram("sitewright-agent", ["media", "receipt", "--data-dir", dataDir, "--to", back, "--medium", to]);
  expect(await receipt()).toMatchObject({
    code: 0,
    stderr: "",
    stdout: expect.stringMatching(/^receipt: .*DPRUN-\S+Z\.receipt\nreceipt: /),
  });
  expect((await fleet.sitewright("media", "receipt", back)).stdout).toMatch(
    /^DPRUN of the medium \w{16}: 0 live, 1 incomplete, 0 failed; holds 2 units\n$/,
  );
  const imported = await runProgram("sitewright-agent", ["import", to, "--data-dir", dataDir, "--json"]);
  expect([imported.code, JSON.parse(imported.stdout)]).toMatchObject([
    0,
    { system: "DPRUN", succeeded: false, receipt: [], units: [{ state: "live" }] },
  ]);
  rmSync(back, { recursive: true });
  expect(await receipt()).toMatchObject({ code: 0 });
  expect((await fleet.sitewright("media", "receipt", back)).stdout).toContain(": 1 live, 0 incomplete, 0 failed; holds 2 units");
  expect(agent.process?.exitCode).toBeNull();
});

test("the lines of its log that a receipt carries hold no secret: no token, no key of the agent and none of its coordinator", async () => {
  const agent = fleet.agent("DPRUN");
  const { token } = await fleet.json<{ token: string }>("token", "create", "--system", "DPRUN");
  await agent.stop();
  await thisSystem.join(agent.place, fleet.url, token);
  await agent.start();
  await fleet.connected("DPRUN");
  const back = join(media, "back-secrets");
  const dataDir = join(agent.place.folder, "agent-data");
  const { code } = await runProgram("sitewright-agent", ["media", "receipt", "--data-dir", dataDir, "--to", back]);
  const [name = ""] = readdirSync(join(back, "receipts")).filter((one) => one.endsWith(".receipt"));
  const file = readFileSync(join(back, "receipts", name));
  const { log } = decodeMediaReceipt(decodeSigned(file, file.length).body);
  expect([code, log.some((line) => line.includes("connected")), file.includes("connected")]).toEqual([0, true, true]);
  const keys = [dataDir, fleet.dataDir].flatMap(privateKeysIn);
  expect(keys.length).toBeGreaterThan(3);
  const [secret = ""] = token.split(".");
  const secrets = [operatorToken(fleet.dataDir), token, secret, ...keys.flatMap((key) => writtenIn(key))];
  expect(secrets.filter((one) => one.length < 16 || file.includes(one))).toEqual([]);
});

/** The secret number of each key that lies in a folder. */
function privateKeysIn(folder: string): Buffer[] {
  const pems = readdirSync(folder).filter((name) => name.endsWith("key.pem"));
  return pems.map((name) => Buffer.from(createPrivateKey(readFileSync(join(folder, name))).export({ format: "jwk" }).d ?? "", "base64url"));
}

/** As a line of a log could show it; in PEM it stands at one of three places of its letters. */
function writtenIn(key: Buffer): string[] {
  const shifted = [0, 1, 2].map((by) =>
    Buffer.concat([Buffer.alloc(by), key])
      .toString("base64")
      .slice(4, 36),
  );
  return [key.toString("hex"), key.toString("base64url"), ...shifted];
}

test("a folder that the system does not make, as below /proc, is refused as the place of a receipt or of a medium, at once", async () => {
  const { place } = fleet.agent("DPSEC");
  const nowhere = "/proc/sitewright";
  const asked = ["media", "receipt", "--data-dir", join(place.folder, "agent-data"), "--to", nowhere];
  const refused = expect.stringMatching(/^sitewright(-agent)?: IO_ERROR: .*the system makes no folder there: name another place/m);
  expect(await runProgram("sitewright-agent", asked)).toMatchObject({ code: 1, stderr: refused });
  expect(await fleet.sitewright("media", "write", nowhere, "--system", "DPSEC")).toMatchObject({ code: 1, stderr: refused });
});

test("a receipt about a medium for other systems is refused, by an agent that runs and by one that is stopped", async () => {
  for (const system of ["DPRUN", "DPTWO"]) {
    const dataDir = join(fleet.agent(system).place.folder, "agent-data");
    const words = ["media", "receipt", "--data-dir", dataDir, "--to", join(media, "none"), "--medium", join(media, "first")];
    expect(await runProgram("sitewright-agent", words)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("MEDIUM_NOT_FOR_SYSTEM"),
    });
  }
});

test("a system that never had a line joins by a medium with the hash that a person types in, and its receipts count once its key was accepted", async () => {
  const folder = join(media, "never-connected");
  const data = join(folder, "agent-data");
  const to = join(media, "joined");
  const medium = join(media, "island");
  const written = await fleet.json<{ caHash: string }>("media", "write", medium, "--system", "DPISLAND");
  const joining = (ca: string) =>
    agentAlone([
      "media",
      "join",
      medium,
      "--name",
      "DPISLAND",
      "--data-dir",
      data,
      "--root",
      `dp=${join(folder, "dp")}`,
      "--ca",
      ca,
      "--to",
      to,
    ]);
  expect((await joining("00".repeat(32))).stderr).toContain("MEDIUM_UNTRUSTED");
  expect([existsSync(data), existsSync(join(folder, "dp"))]).toEqual([false, false]);
  const { code, stdout } = await joining(written.caHash);
  const [, file = "", key = ""] = /have (.*) accepted there, with the key ([0-9a-f]{64})/.exec(stdout) ?? [];
  expect([code, file]).toEqual([0, join(to, "receipts/DPISLAND.join")]);
  expect(await agentAlone(["import", medium, "--data-dir", data, "--receipt", to])).toMatchObject({ code: 0 });
  expect(readTree(join(folder, "dp/ABC00001"))).toEqual(source("ABC00001"));
  expect((await fleet.sitewright("media", "receipt", to)).stderr).toContain("SYSTEM_UNKNOWN");
  expect((await fleet.sitewright("media", "accept", file, "--key", "00".repeat(32))).stderr).toContain("MEDIUM_UNTRUSTED");
  expect(await fleet.sitewright("media", "accept", file, "--key", key)).toMatchObject({ code: 0 });
  expect((await fleet.sitewright("media", "receipt", to)).stdout).toContain("2 live");
});

test("without its join, a system is told to join first", async () => {
  const { code, stderr } = await agentAlone(["import", join(media, "new"), "--data-dir", join(media, "nobody")]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("NOT_JOINED")]);
});
