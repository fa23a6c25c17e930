import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import type { RunView } from "../packages/coordinator/src/app/runs/operations.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { writePackage } from "./support/site.ts";
import { readTree, writeTree } from "./support/trees/trees.ts";

const SIZE = 6_000_000;
const SYSTEMS = ["SRVSEC", "SRVDP2"];

/** Two systems behind one address that fetch from each other. Each test has a package of its own. */
let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["dp"] }, SRVDP2: { site: "SEC", roles: ["dp"] } },
    bandwidth: "16 Mbit/s",
  });
  for (const system of SYSTEMS)
    await waitFor(`${system} to serve neighbours`, () => fleet.agent(system).log().includes("neighbours may fetch") || undefined);
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

/** Puts a package on both; none of its content is in another. */
function offer(id: string, seed: number) {
  const small = Array.from({ length: 30 }, (_, i) => [`folder${i % 5}/file${i}.bin`, noise(SIZE / 60, seed + i + 1)]);
  const files = { "large.bin": noise(SIZE / 2, seed), ...(Object.fromEntries(small) as Record<string, Buffer>) };
  writePackage(fleet.siteData, id, { files, on: SYSTEMS });
  return files;
}

function expectBothRight(id: string): void {
  const source = readTree(join(fleet.siteData, "packages", id, "source"));
  for (const system of SYSTEMS) expect(readTree(join(fleet.agent(system).root("dp"), id))).toEqual(source);
}

test("two systems that begin together are each sent what the other is not, and fetch the rest from each other", async () => {
  offer("ABC00001", 100);
  const { run, totals } = await fleet.json("rebuild", "--package", "ABC00001", "--wait");
  expect(run.state).toBe("done");
  expectBothRight("ABC00001");
  expect(totals.wireBytes).toBeLessThan(SIZE * 1.1);
  expect(totals.peerBytes).toBeGreaterThan(SIZE * 0.9);
  expect([totals.fetchedBytes, totals.retriedBytes]).toEqual([2 * SIZE, 0]);
});

test("most of what one system holds already is not sent over the line", async () => {
  const { "large.bin": large, ...held } = offer("ABC00002", 200);
  writeTree(join(fleet.agent("SRVSEC").root("dp"), "ABC00002"), { ...held, "old.bin": large.subarray(0, SIZE * 0.3) });
  await fleet.sitewright("address", "set", "SEC", "--bandwidth", "4 Mbit/s");
  const { run, totals } = await fleet.json("rebuild", "--package", "ABC00002", "--wait");
  expect(run.state).toBe("done");
  expectBothRight("ABC00002");
  expect(totals.wireBytes).toBeLessThan(SIZE * 0.45);
  await fleet.sitewright("address", "reset", "SEC");
});

test("a system killed in the middle of both its transfers continues with its neighbour after its restart, and nothing is lost", async () => {
  offer("ABC00003", 300);
  const { stdout } = await fleet.sitewright("rebuild", "--detach", "--package", "ABC00003");
  const view = async () => (await (await fleet.api(`/api/v1/runs/${stdout.trim()}`)).json()) as RunView;
  await waitFor("something to be exchanged", async () => (await view()).totals.peerBytes > SIZE * 0.2 || undefined);
  await fleet.agent("SRVDP2").kill();
  await fleet.agent("SRVDP2").start();
  await waitFor("the run to end", async () => (await view()).run.state === "done" || undefined);
  expectBothRight("ABC00003");
  expect((await view()).totals.wireBytes).toBeLessThan(SIZE * 1.6);
});

/** Its server is lost and set up again under its name, with the disk of its role root or with an empty one. */
async function reinstall(system: string, disk: "survived" | "lost"): Promise<void> {
  const agent = fleet.agent(system);
  await agent.stop();
  rmSync(join(agent.place.folder, "agent-data"), { recursive: true });
  if (disk === "lost") rmSync(agent.root("dp"), { recursive: true });
  await agent.join();
  await agent.start();
  await fleet.connected(system);
}

/** More than the manifest of a package and the framing, and less than any of its files. */
const LITTLE = 40_000;

test("what is redistributed to a lost server does not cross the line when its disk or a neighbour has it, and is held again from then on", async () => {
  offer("ABC00004", 400);
  await fleet.json("rebuild", "--package", "ABC00004", "--wait");
  for (const disk of ["survived", "lost"] as const) {
    await reinstall("SRVSEC", disk);
    const { exitCode, totals } = await fleet.json("redistribute", "--site", "SEC", "--package", "ABC00004", "--wait");
    const fetched = disk === "lost" ? SIZE : 0;
    expect([disk, exitCode, totals.fetchedBytes, totals.peerBytes]).toEqual([disk, 0, fetched, fetched]);
    expect(totals.wireBytes).toBeLessThan(LITTLE);
    expectBothRight("ABC00004");
    const { held } = await fleet.system("SRVSEC");
    expect(held.filter(({ live }) => live).map(({ unit }) => unit.name)).toEqual(["ABC00004"]);
  }
});

test("files that all systems of a site lack are fetched within seconds, and nothing but them", async () => {
  for (const system of SYSTEMS) rmSync(join(fleet.agent(system).root("dp"), "ABC00004/folder0/file5.bin"));
  const { exitCode, totals } = await fleet.json("redistribute", "--site", "SEC", "--package", "ABC00004", "--wait");
  expect([exitCode, totals.fetchedBytes]).toEqual([0, (2 * SIZE) / 60]);
  // Once over the line; or twice, where one asks before the other has begun.
  expect(totals.wireBytes).toBeGreaterThan(SIZE / 60);
  expect(totals.wireBytes).toBeLessThan((2 * SIZE) / 60 - totals.peerBytes + LITTLE);
  expectBothRight("ABC00004");
  const again = await fleet.sitewright("refresh", "--package", "ABC00004");
  expect([again.code, again.stdout]).toEqual([0, "2 units: 2 right already, 0 repaired\n"]);
});

test.each([
  [["redistribute", "--site", "SCE"], "BAD_REQUEST: unknown site SCE: did you mean SEC?"],
  [["redistribute"], "BAD_REQUEST: redistribute brings a site its packages and advertisements again: say where (--site, --system)"],
  [["refresh", "--package", "ABC00040"], "BAD_REQUEST: unknown package ABC00040: did you mean ABC00004?"],
  [["update", "--package", "ABC00004"], "packages/ABC00004/package.yaml states no sourceVersion"],
])("sitewright %j is refused, says what was meant or what to do, and starts nothing", async (words, said) => {
  const runs = async () => (await fleet.api("/api/v1/runs?limit=1")).text();
  const before = await runs();
  const { code, stdout, stderr } = await fleet.sitewright(...words);
  expect([code, stdout, stderr]).toEqual([1, "", expect.stringContaining(said)]);
  expect(await runs()).toBe(before);
});
