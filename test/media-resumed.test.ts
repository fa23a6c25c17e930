import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { startFleet, waitFor, type Agent, type Fleet } from "./support/fleet.ts";
import { agentAlone, fingerprint, importAlone, killedImport } from "./support/media.ts";
import { writePackage } from "./support/site.ts";
import { readTree } from "./support/trees/trees.ts";

const SYSTEMS = ["DPKILL", "DPPARITY", "DPSEALED", "DPWANT", "DPOTHER"];

let fleet: Fleet;
let media: string;
beforeAll(async () => {
  media = mkdtempSync(join(tmpdir(), "sitewright-media-"));
  fleet = await startFleet({
    systems: Object.fromEntries(SYSTEMS.map((name) => [name, { roles: ["dp"], ...(name === "DPWANT" ? { site: "SEC" } : {}) }])),
    bandwidth: "2 Mbit/s",
    absent: SYSTEMS,
    packages: {
      ABC00001: { files: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}.bin`, noise(150_000, i)])), version: 1 },
      ABC00002: { files: { "other.bin": noise(2_000_000, 99), "secret-name.txt": "a secret text" }, version: 1 },
    },
  });
  await Promise.all(SYSTEMS.map((name) => fleet.agent(name).join()));
});
afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]();
  rmSync(media, { recursive: true, force: true });
});

const source = (id: string) => readTree(join(fleet.siteData, "packages", id, "source"));
const live = (agent: Agent, id: string) => readTree(join(agent.root("dp"), id));
const dataDir = (agent: Agent) => join(agent.place.folder, "agent-data");

async function write(name: string, ...options: string[]): Promise<{ to: string; bytes: number; volumes: number }> {
  const to = join(media, name);
  const written = await fleet.json<{ bytes: number; volumes: number }>("media", "write", to, ...options);
  expect(written.exitCode).toBe(0);
  return { to, ...written };
}

test("an import that is killed at any moment is resumed: each unit is served as before or as the medium has it, and in the end all are", async () => {
  const agent = fleet.agent("DPKILL");
  const { to } = await write("killed", "--system", "DPKILL");
  const before = fingerprint(to);
  let kills = 0;
  for (let afterMs = 100; ; afterMs *= 1.15) {
    const ended = await killedImport(agent, [to], afterMs);
    const served = ["ABC00001", "ABC00002"].filter((id) => existsSync(join(agent.root("dp"), id)));
    expect(served.map((id) => live(agent, id))).toEqual(served.map(source));
    if (ended) break;
    kills += 1;
  }
  expect(kills).toBeGreaterThan(3);
  expect((await importAlone(agent, [to])).units).toEqual({ ABC00001: "live", ABC00002: "live" });
  expect([live(agent, "ABC00001"), live(agent, "ABC00002")]).toEqual([source("ABC00001"), source("ABC00002")]);
  expect(fingerprint(to)).toEqual(before);
});

test("any one volume that is lost is computed from the others and the parity; two are not", async () => {
  const agent = fleet.agent("DPPARITY");
  const { to, volumes } = await write("parity", "--system", "DPPARITY", "--volume-size", "6M", "--parity");
  expect(volumes).toBeGreaterThan(2);
  rmSync(join(to, "volume-1"), { recursive: true });
  const verified = await fleet.sitewright("media", "verify", to);
  expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining("missing, and can be computed from the others")]);
  const two = [join(to, "volume-3"), join(to, "parity")];
  const verifying = (folders: string[]) => agentAlone(["media", "verify", ...folders, "--data-dir", dataDir(agent)]);
  expect(await verifying([to])).toMatchObject({ code: 0, stderr: "" });
  for (const missing of [await verifying(two), await fleet.sitewright("media", "verify", ...two)])
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringMatching(/MEDIUM_VOLUME_MISSING: volume 1, 2.* is not there/)]);
  expect((await importAlone(agent, two)).units["ABC00001"]).toBe("incomplete MEDIUM_VOLUME_MISSING");
  expect((await importAlone(agent, [to])).units).toEqual({ ABC00001: "live", ABC00002: "live" });
  expect([live(agent, "ABC00001"), live(agent, "ABC00002")]).toEqual([source("ABC00001"), source("ABC00002")]);
});

test("an encrypted medium shows neither content nor file names, is imported by its target alone, and only with the key whose needs were given", async () => {
  const agent = fleet.agent("DPSEALED");
  const needs = join(media, "sealed.needs");
  expect(await agentAlone(["media", "want", "--data-dir", dataDir(agent), "--to", needs])).toMatchObject({ code: 0 });
  const refused = await fleet.sitewright("media", "write", join(media, "unsealed"), "--system", "DPOTHER", "--needs", needs, "--encrypt");
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("nothing can be encrypted to DPOTHER")]);
  const { to } = await write("sealed", "--system", "DPSEALED", "--needs", needs, "--encrypt");
  const all = ["packs/000001", "manifests/000001", "manifests/000002", "table"]
    .map((path) => readFileSync(join(to, "volume-1/sitewright", path), "latin1"))
    .join("");
  expect([all.includes("secret-name"), all.includes("a secret text")]).toEqual([false, false]);
  const key = join(dataDir(agent), "media-key.pem");
  const kept = readFileSync(key);
  rmSync(key);
  expect((await importAlone(agent, [to])).stderr).toContain("MEDIUM_LOCKED");
  expect(await agentAlone(["media", "want", "--data-dir", dataDir(agent), "--to", join(media, "again.needs")])).toMatchObject({ code: 0 });
  expect((await importAlone(agent, [to])).stderr).toContain("MEDIUM_LOCKED");
  writeFileSync(key, kept);
  expect((await importAlone(agent, [to])).units).toEqual({ ABC00001: "live", ABC00002: "live" });
  expect(live(agent, "ABC00002")).toEqual(source("ABC00002"));
  const pack = join(to, "volume-1/sitewright/packs/000001");
  const bytes = readFileSync(pack);
  bytes[70] = (bytes[70] ?? 0) ^ 1;
  writeFileSync(pack, bytes);
  expect((await fleet.sitewright("media", "verify", to)).stderr).toContain("MEDIUM_DAMAGED");
});

test("with its needs a system gets only what it lacks, and without them everything", async () => {
  const agent = fleet.agent("DPWANT");
  const whole = await write("whole", "--system", "DPWANT");
  expect((await importAlone(agent, [whole.to])).units).toEqual({ ABC00001: "live", ABC00002: "live" });
  const needs = join(media, "want.needs");
  expect(await agentAlone(["media", "want", "--data-dir", dataDir(agent), "--to", needs])).toMatchObject({ code: 0 });
  const cut = join(media, "cut.needs");
  writeFileSync(cut, readFileSync(needs).subarray(0, 100));
  const unread = await fleet.sitewright("media", "plan", "--needs", needs, "--needs", cut);
  expect([unread.code, unread.stderr]).toEqual([1, expect.stringContaining(`MEDIUM_INVALID: --needs ${cut}: `)]);
  const nothing = await fleet.sitewright("media", "write", join(media, "nothing"), "--system", "DPWANT", "--needs", needs);
  expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringContaining("NOTHING_SELECTED")]);
  const files = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}.bin`, noise(150_000, i === 7 ? 1007 : i)]));
  writePackage(fleet.siteData, "ABC00001", { files, on: SYSTEMS, version: 2 });
  const less = await write("less", "--system", "DPWANT", "--needs", needs);
  // One file of 60 has changed.
  expect(statSync(join(less.to, "volume-1/sitewright/packs/000001")).size).toBeLessThan(200_000);
  expect((await importAlone(agent, [less.to])).units).toEqual({ ABC00001: "live" });
  expect(live(agent, "ABC00001")).toEqual(source("ABC00001"));
});

test("chunks that a medium left out because its target held them are stated as missing where they are gone meanwhile, with the time of the line", async () => {
  const agent = fleet.agent("DPWANT");
  const needs = join(media, "lost.needs");
  expect(await agentAlone(["media", "want", "--data-dir", dataDir(agent), "--to", needs])).toMatchObject({ code: 0 });
  const files = Object.fromEntries(
    Array.from({ length: 60 }, (_, i) => [`f${i}.bin`, noise(150_000, i === 8 ? 1008 : i === 7 ? 1007 : i)]),
  );
  writePackage(fleet.siteData, "ABC00001", { files, on: SYSTEMS, version: 3 });
  const { to } = await write("lost", "--system", "DPWANT", "--needs", needs);
  // Also from the generation before, which is kept for clients.
  for (const path of readdirSync(agent.root("dp"), { recursive: true, encoding: "utf8" }))
    if (path.endsWith("/f9.bin")) rmSync(join(agent.root("dp"), path));
  expect((await importAlone(agent, [to])).units).toEqual({ ABC00001: "incomplete CONTENT_UNAVAILABLE" });
  const { stdout } = await agentAlone(["import", to, "--data-dir", dataDir(agent)]);
  expect(stdout).toMatch(/^dp\/ABC00001 {2}\d+ chunks not on the medium, or over the line in about 1 min: nothing of it is live\n$/);
});

test("the plan chooses by the courier what goes by the medium and what by the line, and states when each would be there", async () => {
  const plan = (...courier: string[]) =>
    fleet.json<{
      at: number;
      orders: { by: string; lineAt?: number }[];
      units: { unit: { name: string }; part?: number }[];
      bytes: number;
    }>("media", "plan", "--system", "DPWANT", ...courier);
  const [slow, fast, small] = [await plan("--takes", "2d"), await plan("--takes", "0m"), await plan("--takes", "0m", "--capacity", "4M")];
  expect(slow.orders.map(({ by }) => by)).toEqual(["line", "line"]);
  expect(fast.orders.map(({ by }) => by)).toEqual(["medium", "medium"]);
  expect(fast.bytes).toBeGreaterThan(10_000_000);
  // Of the unit that does not fit, what has room goes by the medium.
  expect(small.units.filter(({ part }) => part !== undefined).map(({ unit }) => unit.name)).toEqual(["ABC00001"]);
  expect(small.orders.map(({ by }) => by)).toEqual(["medium", "medium"]);
  expect([small.bytes > 3_000_000, small.bytes < 4_300_000]).toEqual([true, true]);
  const lineMs = (slow.orders[0]?.lineAt ?? 0) - slow.at;
  // 9 MB at 2 Mbit/s: some 40 s.
  expect([lineMs > 5_000, lineMs < 120_000]).toEqual([true, true]);
  const text = await fleet.sitewright("media", "plan", "--system", "DPWANT", "--takes", "0m");
  expect(text.stdout).toMatch(/system +unit +source +goes by +by the line +by the medium +better by\nDPWANT +dp\/ABC0000[12] /);
  const ledger = (await (await fleet.api("/api/v1/ledger?kind=medium-ordered")).json()) as { entries: unknown[] };
  const before = ledger.entries.length;
  const wrote = await fleet.sitewright("media", "write", join(media, "by-line"), "--system", "DPWANT", "--takes", "2d");
  expect([wrote.code, wrote.stderr]).toEqual([1, expect.stringContaining("NOTHING_SELECTED")]);
  expect(before).toBeGreaterThan(0);
});

test("needs and receipts that were changed, or that another agent signed, are refused", async () => {
  const needs = join(media, "want.needs");
  const bytes = readFileSync(needs);
  const forged = join(media, "forged.needs");
  writeFileSync(forged, Buffer.from(bytes.toString("latin1").replaceAll("DPWANT", "DPKILL"), "latin1"));
  const refused = await fleet.sitewright("media", "plan", "--system", "DPKILL", "--needs", forged);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("MEDIUM_UNTRUSTED")]);
  const cut = join(media, "cut.needs");
  writeFileSync(cut, bytes.subarray(0, bytes.length - 40));
  expect((await fleet.sitewright("media", "plan", "--system", "DPWANT", "--needs", cut)).stderr).toMatch(/MEDIUM_(INVALID|UNTRUSTED)/);
});

test("a write that is killed leaves no medium, and the folder is not taken for one", async () => {
  const to = join(media, "half");
  const child = spawn(
    process.execPath,
    ["packages/coordinator/bin/sitewright.mjs", "media", "write", to, "--system", "DPOTHER", "--data-dir", fleet.dataDir],
    {
      stdio: "ignore",
    },
  );
  await waitFor("the first pack", () => existsSync(join(to, "volume-1/sitewright/packs/000001")) || undefined);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(existsSync(join(to, "volume-1/sitewright/table"))).toBe(false);
  expect((await importAlone(fleet.agent("DPOTHER"), [to])).stderr).toContain("NOT_FOUND");
  const again = await fleet.sitewright("media", "write", to, "--system", "DPOTHER");
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("CONFLICT")]);
});
