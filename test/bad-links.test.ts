import { join } from "node:path";
import { expect, test } from "vitest";
import { joinAgent } from "../scripts/support/hierarchy.ts";
import type { Trouble } from "../scripts/bench/link/messages.ts";
import { badLine } from "./support/bad-line.ts";
import { startFleet } from "./support/fleet.ts";
import { noise, readTree } from "./support/trees.ts";

const RATE = 8_000_000;
const BYTES = 4_000_000;
/** Each time what was under way is lost: half a second of the line at most. */
const MOST_CROSSED = BYTES * 1.5;

/** Rebuilds one package over a line that begins to suffer as soon as content crosses it. */
async function rebuildOver(suffering: Trouble) {
  await using fleet = await startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: `${RATE / 1e6} Mbit/s`,
    packages: { ABC00001: { files: { "a.bin": noise(BYTES, 1) } } },
    absent: ["SRVSEC"],
  });
  await using line = await badLine(new URL(fleet.url), RATE);
  const agent = fleet.agent("SRVSEC");
  await joinAgent(agent.place, line.url, fleet.dataDir);
  await agent.start();
  await fleet.connected();
  line.suffer(suffering);
  const before = line.crossed();
  const { exitCode, totals } = await fleet.json("rebuild", "--package", "ABC00001");
  const crossed = line.crossed() - before;
  expect(exitCode).toBe(0);
  expect(readTree(join(agent.root("dp"), "ABC00001"))).toEqual(readTree(join(fleet.siteData, "packages/ABC00001/source")));
  await agent.stop();
  return { totals, crossed, breaks: line.breaks() };
}

test(
  "a rebuild over a line that comes and goes finishes, goes on where it was, and says what crossed twice",
  { timeout: 60_000 },
  async () => {
    const { totals, crossed, breaks } = await rebuildOver({ kind: "flaps", up: 2_000, down: 400 });
    expect(breaks).toBeGreaterThan(2);
    expect(totals.retriedBytes).toBeGreaterThan(0);
    expect(crossed).toBeLessThan(MOST_CROSSED);
  },
);

test("a rebuild through a proxy that lets no connection last finishes, with little that crosses twice", { timeout: 60_000 }, async () => {
  const { crossed, breaks } = await rebuildOver({ kind: "cuts", after: 1_500 });
  expect(breaks).toBeGreaterThan(2);
  expect(crossed).toBeLessThan(MOST_CROSSED);
});
