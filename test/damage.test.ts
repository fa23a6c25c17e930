import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isRoot } from "@sitewright/testkit/account";
import { noise } from "@sitewright/testkit/noise";
import { runProgram } from "../scripts/support/programs.ts";
import type { RunView } from "../packages/coordinator/src/app/runs/operations.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { writePackage } from "./support/site.ts";
import { readTree, writeTree } from "./support/trees/trees.ts";

/** SRVABC is beside the coordinator, SRVSEC behind a slow line. Each test has packages of its own. */
let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["dp"] }, SRVSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "8 Mbit/s",
    packages: {
      // Half a minute on the slow line: it is changed long before its end, however busy the machine is.
      ABC00001: { files: { "big.bin": noise(30_000_000, 1), "small.txt": "small" }, on: ["SRVSEC"] },
      ABC00002: { files: { "other.txt": "other" }, on: ["SRVSEC"] },
      ABC00003: { files: { "big.bin": noise(2_000_000, 3), "small.txt": "small" }, on: ["SRVABC"] },
      ABC00005: { files: { "big.bin": noise(2_000_000, 4), "small.txt": "small" }, on: ["SRVABC"] },
      ABC00006: { files: { "other.txt": "other" }, on: ["SRVABC"] },
      ABC00007: { files: { "big.bin": noise(2_000_000, 6), "small.txt": "small" }, on: ["SRVABC"] },
    },
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

const source = (path: string) => join(fleet.siteData, "packages", path);
const live = (path = "", system = "SRVABC") => join(fleet.agent(system).root("dp"), path);

test("a source file that changes after planning fails its unit with a clear error; the live tree and the other units are not affected", async () => {
  writeTree(live("ABC00001", "SRVSEC"), { "small.txt": "served until now" });
  const { stdout } = await fleet.sitewright("rebuild", "--detach", "--system", "SRVSEC");
  const id = stdout.trim();
  await waitFor("the first bytes", async () => {
    const { totals } = (await (await fleet.api(`/api/v1/runs/${id}`)).json()) as { totals: { fetchedBytes: number } };
    return totals.fetchedBytes > 200_000 || undefined;
  });
  writeFileSync(source("ABC00001/source/big.bin"), noise(30_000_000, 99));
  const { exitCode, phases } = await fleet.json("watch", id);
  expect(exitCode).toBe(1);
  const failed = phases.find((phase) => phase.state === "failed");
  expect(failed?.outcome).toMatchObject({ kind: "failed", code: "SOURCE_CHANGED", message: expect.stringContaining("big.bin") });
  expect(readTree(live("ABC00001", "SRVSEC"))).toEqual({ "small.txt": expect.stringContaining("file") });
  expect(readFileSync(live("ABC00002/other.txt", "SRVSEC"), "utf8")).toBe("other");
});

test("a byte flipped in a served file is found, although its size and times are unchanged, and repaired", async () => {
  expect((await fleet.json("rebuild", "--package", "ABC00003")).exitCode).toBe(0);
  const victim = live("ABC00003/big.bin");
  const before = statSync(victim);
  const bytes = readFileSync(victim);
  bytes[1_234_567] = (bytes[1_234_567] ?? 0) ^ 1;
  writeFileSync(victim, bytes);
  utimesSync(victim, before.atime, before.mtime);

  const { exitCode, phases } = await fleet.json("verify", "--full", "--package", "ABC00003");
  expect(exitCode).toBe(1);
  expect(phases.flatMap((phase) => (phase.outcome?.kind === "verified" ? phase.outcome.deviations : []))).toEqual([
    { kind: "damaged", path: "ABC00003/big.bin" },
  ]);
  const again = await fleet.json("rebuild", "--package", "ABC00003");
  expect(again.exitCode).toBe(0);
  expect(again.totals.fetchedBytes).toBeLessThan(600_000);
  expect(readTree(live("ABC00003"))).toEqual(readTree(source("ABC00003/source")));
});

test("a change of a staged file before activation is detected, and the unit is staged again", async () => {
  // Ten seconds on the line: its run is paused long before its end, so that it is staged and not activated.
  const files = { "big.bin": noise(10_000_000, 8), "small.txt": "small" };
  writePackage(fleet.siteData, "ABC00008", { files, on: ["SRVSEC"] });
  const run = (await fleet.sitewright("rebuild", "--detach", "--package", "ABC00008")).stdout.trim();
  const view = async (): Promise<RunView> => (await fleet.api(`/api/v1/runs/${run}`)).json() as Promise<RunView>;
  await waitFor("the first bytes", async () => (await view()).totals.fetchedBytes > 200_000 || undefined);
  expect((await fleet.sitewright("pause", run)).code).toBe(0);
  await waitFor("the unit to be staged", async () => (await view()).phases.some(({ state }) => state === "done") || undefined);
  const staging = join(live("", "SRVSEC"), ".sitewright/staging");
  const [staged = ""] = readdirSync(staging, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith("small.txt"));
  truncateSync(join(staging, staged), 0);
  expect((await fleet.sitewright("resume", run)).code).toBe(0);
  const { exitCode, phases } = await fleet.json("watch", run);
  expect([exitCode, phases.find(({ task }) => task === "stage")?.epoch]).toEqual([0, 2]);
  expect(readTree(live("ABC00008", "SRVSEC"))).toEqual(readTree(source("ABC00008/source")));
});

test("links planted inside a role root and inside staging are never followed", async () => {
  const trap = join(fleet.folder, "trap");
  writeTree(trap, { "keep.txt": "must stay" });
  const before = readTree(trap);
  const agent = fleet.agent("SRVABC");
  writeTree(agent.root("dp"), { ABC00005: { link: trap } });
  writeTree(join(agent.root("dp"), ".sitewright/staging"), { ABC00006: { link: trap } });
  const both = ["--package", "ABC00005", "--package", "ABC00006"];
  await fleet.json("rebuild", ...both);
  await fleet.json("rebuild", ...both, "--full");
  expect(readTree(trap)).toEqual(before);
  expect(readTree(live("ABC00005"))).toEqual(readTree(source("ABC00005/source")));
});

test.runIf(isRoot)("a full disk on the agent is reported with its numbers, the old tree is kept and the staging is removed", async () => {
  const agent = fleet.agent("SRVABC");
  await agent.stop();
  // A small file system of its own under the role root; requires the right to mount, which the tests have when they run as root.
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", agent.root("dp")]);
  expect(mounted.status, String(mounted.stderr)).toBe(0);
  try {
    writeTree(live("ABC00007"), { "small.txt": "served until now", "ballast.bin": noise(1_800_000, 5) });
    // Another disk than the agent knew: an operator has to accept it.
    const accepted = await runProgram("sitewright-agent", [
      "root",
      "accept",
      agent.root("dp"),
      "--data-dir",
      join(agent.place.folder, "agent-data"),
    ]);
    expect(accepted.code, accepted.stderr).toBe(0);
    await agent.start();
    await fleet.connected("SRVABC");
    const { exitCode, phases } = await fleet.json("rebuild", "--package", "ABC00007");
    expect(exitCode).toBe(1);
    expect(phases.find((phase) => phase.state === "failed")?.outcome).toMatchObject({
      code: "DISK_FULL",
      message: expect.stringMatching(/\d.*bytes/),
    });
    expect(readFileSync(live("ABC00007/small.txt"), "utf8")).toBe("served until now");
    expect(spawnSync("find", [join(live(), ".sitewright/staging"), "-type", "f"], { encoding: "utf8" }).stdout).toBe("");
  } finally {
    await agent.stop();
    spawnSync("umount", [agent.root("dp")]);
  }
});
