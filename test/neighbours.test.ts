import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunView } from "../packages/coordinator/src/app/runs/operations.ts";
import { startFleet, waitFor, type Fleet, type FleetOptions } from "./support/fleet.ts";
import { noise, readTree, writeTree } from "./support/trees.ts";

const SIZE = 6_000_000;
const FILES = {
  "large.bin": noise(SIZE / 2, 1),
  ...Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`folder${i % 5}/file${i}.bin`, noise(SIZE / 60, i + 10)])),
};

/** Two systems behind one address, each of which lets the other fetch from it. */
async function startTwo(bandwidth: string, prepare?: FleetOptions["prepare"]): Promise<Fleet> {
  const fleet = await startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["dp"] }, SRVDP2: { site: "SEC", roles: ["dp"] } },
    bandwidth,
    packages: { ABC00001: { files: FILES } },
    ...(prepare ? { prepare } : {}),
  });
  for (const system of ["SRVSEC", "SRVDP2"])
    await waitFor(`${system} to serve neighbours`, () => fleet.agent(system).log().includes("neighbours may fetch") || undefined);
  return fleet;
}

function expectBothRight(fleet: Fleet): void {
  const source = readTree(join(fleet.siteData, "packages/ABC00001/source"));
  for (const system of ["SRVSEC", "SRVDP2"]) expect(readTree(join(fleet.agent(system).root("dp"), "ABC00001"))).toEqual(source);
}

test("two systems that begin together are each sent what the other is not, and have the rest from each other", async () => {
  await using fleet = await startTwo("16 Mbit/s");
  const { run, totals } = await fleet.json("rebuild", "--wait");
  expect(run.state).toBe("done");
  expectBothRight(fleet);
  expect(totals.wireBytes).toBeLessThan(SIZE * 1.1);
  expect(totals.peerBytes).toBeGreaterThan(SIZE * 0.9);
  expect([totals.fetchedBytes, totals.retriedBytes]).toEqual([2 * SIZE, 0]);
});

test("most of what one system holds already crosses the line for nobody", async () => {
  const { "large.bin": _, ...held } = FILES;
  await using fleet = await startTwo("4 Mbit/s", ({ agentFolder }) =>
    writeTree(join(agentFolder("SRVSEC"), "dp/ABC00001"), { ...held, "old.bin": FILES["large.bin"].subarray(0, SIZE * 0.3) }),
  );
  const { run, totals } = await fleet.json("rebuild", "--wait");
  expect(run.state).toBe("done");
  expectBothRight(fleet);
  expect(totals.wireBytes).toBeLessThan(SIZE * 0.45);
});

test("a system killed in the middle of both its transfers goes on with its neighbour after its start, and nothing is lost", async () => {
  await using fleet = await startTwo("16 Mbit/s");
  const { stdout } = await fleet.sitewright("rebuild", "--detach");
  const view = async () => (await (await fleet.api(`/api/v1/runs/${stdout.trim()}`)).json()) as RunView;
  await waitFor("something to be exchanged", async () => (await view()).totals.peerBytes > SIZE * 0.2 || undefined);
  await fleet.agent("SRVDP2").kill();
  await fleet.agent("SRVDP2").start();
  await waitFor("the run to end", async () => (await view()).run.state === "done" || undefined);
  expectBothRight(fleet);
  expect((await view()).totals.wireBytes).toBeLessThan(SIZE * 1.6);
});
