import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { RunView } from "../packages/coordinator/src/app/runs/operations.ts";
import { runProgram } from "../scripts/support/programs.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { noise, readTree } from "./support/trees.ts";

const SIZE = 4_000_000;

function slowFleet(): Promise<Fleet> {
  return startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["cap", "dp"] } },
    bandwidth: "12 Mbit/s",
    packages: { ABC00001: { files: { "a.bin": noise(SIZE / 2, 1), "b.bin": noise(SIZE / 2, 2) } } },
  });
}

async function halfway(fleet: Fleet): Promise<string> {
  const { stdout } = await fleet.sitewright("rebuild", "--detach");
  const id = stdout.trim();
  await waitFor("half of the bytes", async () => (await view(fleet, id)).totals.fetchedBytes > SIZE / 2 || undefined);
  return id;
}

async function view(fleet: Fleet, id: string): Promise<RunView> {
  return (await (await fleet.api(`/api/v1/runs/${id}`)).json()) as RunView;
}

async function expectRebuilt(fleet: Fleet, id: string): Promise<RunView> {
  const ended = await waitFor("the run to end", async () => {
    const now = await view(fleet, id).catch(() => undefined);
    return now?.run.endedAt === undefined ? undefined : now;
  });
  expect(ended.run.state).toBe("done");
  expect(readTree(join(fleet.agent("SRVSEC").root("dp"), "ABC00001"))).toEqual(readTree(join(fleet.siteData, "packages/ABC00001/source")));
  return ended;
}

test("a coordinator killed in mid-rebuild and started again finishes the run, and nothing verified is sent twice", async () => {
  await using fleet = await slowFleet();
  const id = await halfway(fleet);
  await fleet.coordinator.kill();
  await sleep(300);
  await fleet.coordinator.start();
  await expectRebuilt(fleet, id);
  const { totals } = await view(fleet, id);
  const stage = (await view(fleet, id)).phases.find((phase) => phase.task === "stage" && phase.unit.role === "dp");
  expect(stage?.outcome).toMatchObject({ kind: "staged", fetchedBytes: SIZE });
  // Frames that were on their way when it died.
  expect(stage?.outcome).toHaveProperty(
    "retriedBytes",
    expect.toSatisfy((bytes: number) => bytes <= 1024 * 1024),
  );
  expect(totals.failed).toBe(0);
});

test("embedded Redis killed in mid-rebuild comes back by itself, and nothing is lost", async () => {
  await using fleet = await slowFleet();
  const earlier = await fleet.json("rebuild", "--role", "cap");
  const id = await halfway(fleet);
  process.kill(Number(readFileSync(join(fleet.dataDir, "redis/redis.pid"), "utf8")), "SIGKILL");
  await expectRebuilt(fleet, id);
  expect((await view(fleet, earlier.run.id)).run).toEqual(earlier.run);
});

test("a second coordinator on the same data folder refuses with a clear message, and the first goes on", async () => {
  await using fleet = await slowFleet();
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

test("an agent that is away gets its orders when it comes, and held up nobody", async () => {
  await using fleet = await startFleet({
    systems: { SRVABC: { roles: ["dp"] }, SRVSEC: { site: "SEC", roles: ["dp"] }, DPSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "50 Mbit/s",
    packages: {
      ABC00001: { files: { "a.bin": noise(300_000, 1) } },
      ABC00002: { files: { "b.bin": noise(300_000, 2) } },
      ABC00003: { files: { "c.bin": noise(300_000, 3) } },
    },
    absent: ["SRVSEC"],
  });
  const first = await fleet.json("rebuild");
  expect(first.exitCode).toBe(3);
  expect(first.totals.unreachable).toEqual(["SRVSEC"]);
  expect(first.phases.filter((phase) => phase.system !== "SRVSEC").map((phase) => phase.state)).toEqual(Array(12).fill("done"));
  expect(first.phases.filter((phase) => phase.system === "SRVSEC" && phase.state !== "waiting")).toEqual([]);

  const late = fleet.agent("SRVSEC");
  await late.join();
  await late.start();
  const { exitCode } = await fleet.json("watch", first.run.id, "--wait");
  expect(exitCode).toBe(0);
  expect(readTree(late.root("dp"))).toEqual(readTree(fleet.agent("DPSEC").root("dp")));
});
