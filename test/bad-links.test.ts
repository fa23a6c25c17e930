import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import type { Trouble } from "../bench/link/messages.ts";
import { badLine } from "./support/bad-line.ts";
import { startFleet, type Fleet } from "./support/fleet.ts";
import { readTree } from "./support/trees/trees.ts";

const RATE = 8_000_000;
const BYTES = 4_000_000;
/** Each time the bytes in transit are lost: half a second of the line at most. */
const MOST_CROSSED = BYTES * 1.5;

/** Each test has a system and a package of its own. */
let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["dp"] }, DPSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: `${RATE / 1e6} Mbit/s`,
    packages: {
      ABC00001: { files: { "a.bin": noise(BYTES, 1) }, on: ["SRVSEC"] },
      ABC00002: { files: { "a.bin": noise(BYTES, 2) }, on: ["DPSEC"] },
    },
    absent: ["SRVSEC", "DPSEC"],
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

/** Rebuilds one package over a line whose faults begin with the content. */
async function rebuildOver(suffering: Trouble, system: string, id: string) {
  await using line = await badLine(new URL(fleet.url), RATE);
  const agent = fleet.agent(system);
  await agent.join(line.url);
  await agent.start();
  await fleet.connected(system);
  line.suffer(suffering);
  const before = line.crossed();
  const { exitCode, totals } = await fleet.json("rebuild", "--package", id, "--wait");
  const crossed = line.crossed() - before;
  expect(exitCode).toBe(0);
  expect(readTree(join(agent.root("dp"), id))).toEqual(readTree(join(fleet.siteData, "packages", id, "source")));
  await agent.stop();
  return { totals, crossed, breaks: line.breaks() };
}

test("a rebuild over an intermittent line finishes, continues where it was, and reports what was sent twice", async () => {
  const { totals, crossed, breaks } = await rebuildOver({ kind: "flaps", up: 2_000, down: 400 }, "SRVSEC", "ABC00001");
  expect(breaks).toBeGreaterThan(2);
  expect(totals.retriedBytes).toBeGreaterThan(0);
  expect(crossed).toBeLessThan(MOST_CROSSED);
});

test("a rebuild through a proxy that ends every connection finishes, with little that is sent twice", async () => {
  const { crossed, breaks } = await rebuildOver({ kind: "cuts", after: 1_500 }, "DPSEC", "ABC00002");
  expect(breaks).toBeGreaterThan(2);
  expect(crossed).toBeLessThan(MOST_CROSSED);
});
