import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import type { RunView } from "../packages/coordinator/src/app/runs/operations.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { writePackage } from "./support/site.ts";
import { readTree, writeTree } from "./support/trees.ts";

const SIZE = 6_000_000;
const SYSTEMS = ["SRVSEC", "SRVDP2"];

/** Two systems behind one address, each of which lets the other fetch from it. Each test has a package of its own. */
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

/** Puts a package on both, nothing of which is in another. */
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

test("two systems that begin together are each sent what the other is not, and have the rest from each other", async () => {
  offer("ABC00001", 100);
  const { run, totals } = await fleet.json("rebuild", "--package", "ABC00001", "--wait");
  expect(run.state).toBe("done");
  expectBothRight("ABC00001");
  expect(totals.wireBytes).toBeLessThan(SIZE * 1.1);
  expect(totals.peerBytes).toBeGreaterThan(SIZE * 0.9);
  expect([totals.fetchedBytes, totals.retriedBytes]).toEqual([2 * SIZE, 0]);
});

test("most of what one system holds already crosses the line for nobody", async () => {
  const { "large.bin": large, ...held } = offer("ABC00002", 200);
  writeTree(join(fleet.agent("SRVSEC").root("dp"), "ABC00002"), { ...held, "old.bin": large.subarray(0, SIZE * 0.3) });
  await fleet.sitewright("address", "set", "SEC", "--bandwidth", "4 Mbit/s");
  const { run, totals } = await fleet.json("rebuild", "--package", "ABC00002", "--wait");
  expect(run.state).toBe("done");
  expectBothRight("ABC00002");
  expect(totals.wireBytes).toBeLessThan(SIZE * 0.45);
  await fleet.sitewright("address", "reset", "SEC");
});

test("a system killed in the middle of both its transfers continues with its neighbour after its start, and nothing is lost", async () => {
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
