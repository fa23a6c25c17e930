import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { noise } from "@sitewright/testkit/noise";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureExecutable } from "../../scripts/package/executable.ts";
import { ARM64, EMULATOR } from "../../scripts/support/debian.ts";
import { executableHost } from "../support/executable-host.ts";
import { startFleet, type Fleet } from "../support/fleet.ts";
import { readTree } from "../support/trees/trees.ts";

/** Both programs are made and started on an emulated processor, which takes ten times as long. */
const SLOW_MS = 600_000;
/** Of an executable for Linux on arm64: its class and byte order, and the number of the machine. */
const MACHINE_AT = 18;
const AARCH64 = 183;

let agent: string;
let operator: string;
let fleet: Fleet;
/** Its libraries are those of a Debian for arm64. */
const EMULATED = ["-L", ARM64];
const host = executableHost(() => [EMULATOR, ...EMULATED, agent]);

beforeAll(async () => {
  agent = await ensureExecutable("sitewright-agent", "linux-arm64");
  operator = await ensureExecutable("sitewright", "linux-arm64");
  fleet = await startFleet({
    host,
    systems: { SRVABC: { roles: ["cap", "dp"] } },
    packages: { ABC00001: { files: { "setup.exe": noise(2_000_000, 1), "bin/tool.sh": { content: "#!/bin/sh\n", mode: 0o755 } } } },
  });
}, SLOW_MS);
afterAll(() => fleet?.[Symbol.asyncDispose]());

test("the operator's program for arm64 orders a rebuild, and the agent for arm64 carries it out and verifies it", () => {
  const operate = (...args: string[]) => {
    const words = [...EMULATED, operator, ...args, "--data-dir", fleet.dataDir];
    const { status, stdout, stderr } = spawnSync(EMULATOR, words, { env: host.environment(), encoding: "utf8" });
    return { status, said: stdout + stderr };
  };
  expect(operate("rebuild")).toMatchObject({ status: 0 });
  expect(readTree(join(fleet.agent("SRVABC").root("dp"), "ABC00001"))).toEqual(readTree(join(fleet.siteData, "packages/ABC00001/source")));
  expect(operate("verify", "--full")).toMatchObject({ status: 0 });
});

test("the native code that the agent for arm64 has unpacked is of that machine", () => {
  const folder = join(host.environment().HOME, ".cache/sitewright-native");
  const machines = readdirSync(folder).map((name) => readFileSync(join(folder, name)).readUInt16LE(MACHINE_AT));
  expect(machines).toEqual([AARCH64, AARCH64]);
});
