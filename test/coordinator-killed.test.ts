import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import type { RunView } from "../packages/coordinator/src/app/runs/operations.ts";
import { runProgram } from "../scripts/support/programs.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { writePackage } from "./support/site.ts";
import { readTree } from "./support/trees/trees.ts";

const SIZE = 4_000_000;

/** Each test has packages of its own. */
let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["dp"] }, SRVSEC: { site: "SEC", roles: ["cap", "dp"] }, DPSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "12 Mbit/s",
    absent: ["DPSEC"],
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

/** Begins to rebuild everything; this package is new. */
async function halfway(name: string, seed: number): Promise<string> {
  const files = { "a.bin": noise(SIZE / 2, seed), "b.bin": noise(SIZE / 2, seed + 1) };
  writePackage(fleet.siteData, name, { files, on: ["SRVSEC"] });
  const { stdout } = await fleet.sitewright("rebuild", "--detach");
  const id = stdout.trim();
  await waitFor("half of the bytes", async () => (await view(id)).totals.fetchedBytes > SIZE / 2 || undefined);
  return id;
}

async function view(id: string): Promise<RunView> {
  return (await (await fleet.api(`/api/v1/runs/${id}`)).json()) as RunView;
}

async function expectRebuilt(id: string, name: string): Promise<RunView> {
  const ended = await waitFor("the run to end", async () => {
    const now = await view(id).catch(() => undefined);
    return now?.run.endedAt === undefined ? undefined : now;
  });
  expect(ended.run.state).toBe("done");
  expect(readTree(join(fleet.agent("SRVSEC").root("dp"), name))).toEqual(readTree(join(fleet.siteData, "packages", name, "source")));
  return ended;
}

test("a coordinator killed in mid-rebuild and started again finishes the run, and nothing verified is sent twice", async () => {
  const id = await halfway("ABC00001", 1);
  await fleet.coordinator.kill();
  await sleep(300);
  await fleet.coordinator.start();
  await expectRebuilt(id, "ABC00001");
  const { totals } = await view(id);
  const stage = (await view(id)).phases.find((phase) => phase.task === "stage" && phase.unit.role === "dp");
  expect(stage?.outcome).toMatchObject({ kind: "staged", fetchedBytes: SIZE });
  // Frames in transit when it died.
  expect(stage?.outcome).toHaveProperty(
    "retriedBytes",
    expect.toSatisfy((bytes: number) => bytes <= 1024 * 1024),
  );
  expect(totals.failed).toBe(0);
});

test("an embedded Redis killed in mid-rebuild is restarted automatically, and nothing is lost", async () => {
  const earlier = await fleet.json("rebuild", "--role", "cap");
  const id = await halfway("ABC00002", 3);
  process.kill(Number(readFileSync(join(fleet.dataDir, "redis/redis.pid"), "utf8")), "SIGKILL");
  await expectRebuilt(id, "ABC00002");
  expect((await view(earlier.run.id)).run).toEqual(earlier.run);
});

test("a second coordinator on the same data folder refuses with a clear message, and the first continues", async () => {
  const second = await runProgram("sitewright", [
    "coordinator",
    "--site-data",
    fleet.siteData,
    "--data-dir",
    fleet.dataDir,
    "--listen",
    "127.0.0.1:0",
  ]);
  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(/DATA_DIR_IN_USE.*another coordinator/);
  expect((await fleet.api("/healthz")).status).toBe(200);
});

test("a disconnected agent gets its orders when it connects, and delays no other", async () => {
  const packages = ["ABC00003", "ABC00004", "ABC00005"];
  for (const [n, id] of packages.entries()) {
    writePackage(fleet.siteData, id, { files: { "a.bin": noise(300_000, 10 + n) }, on: ["SRVABC", "SRVSEC", "DPSEC"] });
  }
  const first = await fleet.json("rebuild", ...packages.flatMap((id) => ["--package", id]));
  expect(first.exitCode).toBe(3);
  expect(first.totals.unreachable).toEqual(["DPSEC"]);
  expect(first.phases.filter((phase) => phase.system !== "DPSEC").map((phase) => phase.state)).toEqual(Array(12).fill("done"));
  expect(first.phases.filter((phase) => phase.system === "DPSEC" && phase.state !== "waiting")).toEqual([]);

  const late = fleet.agent("DPSEC");
  await late.join();
  await late.start();
  const { exitCode } = await fleet.json("watch", first.run.id, "--wait");
  expect(exitCode).toBe(0);
  expect(readTree(late.root("dp"))).toEqual(readTree(fleet.agent("SRVABC").root("dp")));
});
