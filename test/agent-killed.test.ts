import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import type { RunView } from "../packages/coordinator/src/app/runs/operations.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { writePackage } from "./support/site.ts";
import { readTree, writeTree } from "./support/trees/trees.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ systems: { SRVSEC: { site: "SEC", roles: ["cap", "dp"] } }, bandwidth: "12 Mbit/s" });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

test("an agent killed at ten random points of staging and activation completes the rebuild, without a manual step and without sending much again", async () => {
  const files = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`folder${i % 7}/file${i}.bin`, noise(100_000, i)]));
  const agent = fleet.agent("SRVSEC");
  writePackage(fleet.siteData, "ABC00001", { files, on: ["SRVSEC"] });
  writeTree(agent.place.folder, { "dp/ABC00001/folder0/file0.bin": "stale", "cap/CAP_SEC/ccr.box/PC1.ccr": "client" });
  const following = fleet.json("rebuild", "--wait");
  for (let kill = 0; kill < 10; kill++) {
    await sleep(100 + Math.random() * 500);
    await agent.kill();
    await agent.start();
  }
  const { run, totals, exitCode } = await following;
  expect(run.state).toBe("done");
  expect(exitCode).toBe(0);
  expect(readTree(join(agent.root("dp"), "ABC00001"))).toEqual(readTree(join(fleet.siteData, "packages/ABC00001/source")));
  expect(readTree(join(agent.root("cap"), "CAP_SEC/ccr.box"))).toEqual({ "PC1.ccr": expect.stringContaining("file") });
  const sentAgain = totals.wireBytes - totals.sourceBytes;
  expect(sentAgain).toBeLessThan(10 * 1024 * 1024);
});

test("an agent killed while it was serving clients still serves the old tree, then finishes by itself", async () => {
  const agent = fleet.agent("SRVSEC");
  writePackage(fleet.siteData, "ABC00002", { files: { "a.bin": noise(3_000_000, 100) }, on: ["SRVSEC"] });
  writeTree(agent.root("dp"), { "ABC00002/a.bin": "the old tree" });
  const started = await fleet.sitewright("rebuild", "--detach", "--package", "ABC00002");
  const id = started.stdout.trim();
  const view = async () => (await (await fleet.api(`/api/v1/runs/${id}`)).json()) as RunView;
  await waitFor("some bytes to be there", async () => (await view()).totals.fetchedBytes > 500_000 || undefined);
  await agent.kill();
  expect(readFileSync(join(agent.root("dp"), "ABC00002/a.bin"), "utf8")).toBe("the old tree");
  await agent.start();
  await waitFor("the run to end", async () => (await view()).run.state === "done" || undefined);
  const { totals } = await view();
  expect(totals.wireBytes).toBeLessThan(3_000_000 + 1024 * 1024 + 20_000);
});
