import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { startFleet, thisSystem, waitFor, type AgentHost, type Fleet } from "../support/fleet.ts";
import { writePackage } from "../support/site.ts";
import { readTree, writeTree } from "../support/trees/trees.ts";
import { contents } from "../support/windows/contents.ts";
import { BASE, onWindows } from "../support/windows/host.ts";

const SIZE = 4_000_000;
const SYSTEMS = ["WINDP", "LINUXDP"];
const hostOf = (system: string): AgentHost => (system.startsWith("WIN") ? onWindows : thisSystem);
const ONE_OF_EACH: AgentHost = {
  base: BASE,
  join: (place, url, token) => hostOf(place.system).join(place, url, token),
  start: (place) => hostOf(place.system).start(place),
};

/** A Windows and a Linux behind one address. */
let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    host: ONE_OF_EACH,
    systems: Object.fromEntries(SYSTEMS.map((system) => [system, { site: "SEC", roles: ["dp"] }])),
    bandwidth: "16 Mbit/s",
  });
  for (const system of SYSTEMS)
    await waitFor(`${system} to serve neighbours`, () => fleet.agent(system).log().includes("neighbours may fetch") || undefined);
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

function offer(id: string, seed: number, on: string[]): void {
  const small = Array.from({ length: 20 }, (_, i) => [`folder${i % 5}/file${i}.bin`, noise(SIZE / 40, seed + i + 1)]);
  const modes = { "read-only.txt": { content: "fixed", mode: 0o444 }, "tool.sh": { content: "#!/bin/sh\n", mode: 0o755 } };
  const files = { "large.bin": noise(SIZE / 2, seed), ...(Object.fromEntries(small) as Record<string, Buffer>), ...modes };
  writePackage(fleet.siteData, id, { files, on });
}

const sourceOf = (id: string): string => join(fleet.siteData, "packages", id, "source");
const servedBy = (system: string, id: string): string => join(fleet.agent(system).root("dp"), id);

test("Windows and Linux fetch from each other what one of them was sent, and Linux keeps the permissions that Windows does not", async () => {
  offer("ABC00001", 100, SYSTEMS);
  const { run, totals } = await fleet.json("rebuild", "--package", "ABC00001", "--wait");
  expect(run.state).toBe("done");
  expect(readTree(servedBy("LINUXDP", "ABC00001"))).toEqual(readTree(sourceOf("ABC00001")));
  expect(contents(servedBy("WINDP", "ABC00001"))).toEqual(contents(sourceOf("ABC00001")));
  expect(totals.wireBytes).toBeLessThan(SIZE * 1.2);
  expect(totals.peerBytes).toBeGreaterThan(SIZE * 0.8);
  expect((await fleet.json("verify", "--full")).exitCode).toBe(0);
});

test("an agent on Windows killed at four random points of staging and activation completes the rebuild without a manual step", async () => {
  const agent = fleet.agent("WINDP");
  offer("ABC00002", 200, ["WINDP"]);
  writeTree(agent.root("dp"), { "ABC00002/folder0/file0.bin": "stale", "SEC00009/foreign.txt": "another site's" });
  const following = fleet.json("rebuild", "--package", "ABC00002", "--wait");
  for (let kill = 0; kill < 4; kill++) {
    await fleet.connected("WINDP");
    await sleep(Math.random() * 1_500);
    await agent.kill();
    await agent.start();
  }
  const { run, totals, exitCode } = await following;
  expect(run.state).toBe("done");
  expect(exitCode).toBe(0);
  expect(contents(servedBy("WINDP", "ABC00002"))).toEqual(contents(sourceOf("ABC00002")));
  expect(contents(join(agent.root("dp"), "SEC00009"))).toEqual({ "foreign.txt": expect.stringContaining("file") });
  expect(totals.wireBytes - totals.sourceBytes).toBeLessThan(SIZE);
});
