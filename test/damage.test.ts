import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runProgram } from "../scripts/support/programs.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { writePackage } from "./support/site.ts";
import { noise, readTree, writeTree } from "./support/trees.ts";

let fleet: Fleet;
beforeEach(async () => {
  fleet = await startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "8 Mbit/s",
    packages: {
      ABC00001: { files: { "big.bin": noise(2_000_000, 1), "small.txt": "small" } },
      ABC00002: { files: { "other.txt": "other" } },
    },
  });
});
afterEach(() => fleet?.[Symbol.asyncDispose]());

const source = (path: string) => join(fleet.siteData, "packages", path);
const live = (path = "") => join(fleet.agent("SRVSEC").root("dp"), path);

test("a source file that changes after planning fails its unit with a clear error; the live tree and the other units are untouched by it", async () => {
  writeTree(live("ABC00001"), { "small.txt": "served until now" });
  // Half a minute on this line: it is changed long before its end, however busy the machine is.
  writePackage(fleet.siteData, "ABC00001", { files: { "big.bin": noise(30_000_000, 1), "small.txt": "small" }, on: ["SRVSEC"] });
  const { stdout } = await fleet.sitewright("rebuild", "--detach");
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
  expect(readTree(live("ABC00001"))).toEqual({ "small.txt": expect.stringContaining("file") });
  expect(readFileSync(live("ABC00002/other.txt"), "utf8")).toBe("other");
});

test("a byte flipped in a served file is found, although its size and times are as before, and mended", async () => {
  expect((await fleet.json("rebuild")).exitCode).toBe(0);
  const victim = live("ABC00001/big.bin");
  const before = statSync(victim);
  const bytes = readFileSync(victim);
  bytes[1_234_567] = (bytes[1_234_567] ?? 0) ^ 1;
  writeFileSync(victim, bytes);
  utimesSync(victim, before.atime, before.mtime);

  const { exitCode, phases } = await fleet.json("verify", "--full");
  expect(exitCode).toBe(1);
  expect(phases.flatMap((phase) => (phase.outcome?.kind === "verified" ? phase.outcome.deviations : []))).toEqual([
    { kind: "damaged", path: "ABC00001/big.bin" },
  ]);
  const again = await fleet.json("rebuild");
  expect(again.exitCode).toBe(0);
  expect(again.totals.fetchedBytes).toBeLessThan(600_000);
  expect(readTree(live("ABC00001"))).toEqual(readTree(source("ABC00001/source")));
});

test("a file of the staged tree that is changed before activation is noticed, and the unit is staged anew", async () => {
  expect((await fleet.json("rebuild")).exitCode).toBe(0);
  writePackage(fleet.siteData, "ABC00002", { files: { "other.txt": "newer", "more.txt": "more" }, on: ["SRVSEC"] });
  const { stdout } = await fleet.sitewright("rebuild", "--detach", "--package", "ABC00002");
  const staging = join(live(), ".sitewright/staging");
  // As soon as something is staged, spoil it: whichever check sees it first, what is served must be right.
  await waitFor("a staged file to spoil", () => {
    for (const path of spawnSync("find", [staging, "-name", "more.txt"], { encoding: "utf8" }).stdout.split("\n").filter(Boolean)) {
      truncateSync(path, 0);
      return true;
    }
    return readdirSync(live("ABC00002")).includes("more.txt") || undefined;
  });
  const { exitCode } = await fleet.json("watch", stdout.trim());
  expect(exitCode).toBe(0);
  expect(readTree(live("ABC00002"))).toEqual(readTree(source("ABC00002/source")));
});

test("a full disk on the agent is reported with its numbers, the old tree is kept and the staging is cleaned", async () => {
  const agent = fleet.agent("SRVSEC");
  await agent.stop();
  // A small file system of its own under the role root; needs the right to mount, which the tests have where they run as root.
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", agent.root("dp")]);
  expect(mounted.status, String(mounted.stderr)).toBe(0);
  try {
    writeTree(live("ABC00001"), { "small.txt": "served until now", "ballast.bin": noise(1_800_000, 5) });
    // Another disk than the agent knew: somebody has to say that this is right.
    const accepted = await runProgram("sitewright-agent", [
      "root",
      "accept",
      agent.root("dp"),
      "--data-dir",
      join(agent.place.folder, "agent-data"),
    ]);
    expect(accepted.code, accepted.stderr).toBe(0);
    await agent.start();
    await fleet.connected();
    const { exitCode, phases } = await fleet.json("rebuild", "--package", "ABC00001");
    expect(exitCode).toBe(1);
    expect(phases.find((phase) => phase.state === "failed")?.outcome).toMatchObject({
      code: "DISK_FULL",
      message: expect.stringMatching(/\d.*bytes/),
    });
    expect(readFileSync(live("ABC00001/small.txt"), "utf8")).toBe("served until now");
    expect(spawnSync("find", [join(live(), ".sitewright/staging"), "-type", "f"], { encoding: "utf8" }).stdout).toBe("");
  } finally {
    await agent.stop();
    spawnSync("umount", [agent.root("dp")]);
  }
});

test("links planted inside a role root and inside staging are never followed", async () => {
  const trap = join(fleet.folder, "trap");
  writeTree(trap, { "keep.txt": "must stay" });
  const before = readTree(trap);
  const agent = fleet.agent("SRVSEC");
  writeTree(agent.root("dp"), { ABC00001: { link: trap } });
  writeTree(join(agent.root("dp"), ".sitewright/staging"), { ABC00002: { link: trap } });
  await fleet.json("rebuild");
  await fleet.json("rebuild", "--full");
  expect(readTree(trap)).toEqual(before);
  expect(readTree(live("ABC00001"))).toEqual(readTree(source("ABC00001/source")));
});
