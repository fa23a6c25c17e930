import { join } from "node:path";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { startFleet } from "./support/fleet.ts";
import { flippingProxy } from "./support/flipping-proxy.ts";
import { readTree } from "./support/trees/trees.ts";

test("bits that flip on the wire are detected, sent again, and never written", async () => {
  await using fleet = await startFleet({
    systems: { SRVABC: { roles: ["dp"] } },
    packages: { ABC00001: { files: { "a.bin": noise(4_000_000, 1), "b.bin": noise(2_000_000, 2) } } },
    absent: ["SRVABC"],
  });
  await using proxy = await flippingProxy(new URL(fleet.url), 12);
  const agent = fleet.agent("SRVABC");
  await agent.join(proxy.url);
  await agent.start();
  await fleet.connected();
  const { exitCode, totals } = await fleet.json("rebuild");
  expect(exitCode).toBe(0);
  expect(proxy.flips()).toBeGreaterThan(2);
  expect(totals.wireBytes).toBeGreaterThan(totals.sourceBytes);
  expect(readTree(join(agent.root("dp"), "ABC00001"))).toEqual(readTree(join(fleet.siteData, "packages/ABC00001/source")));
  await agent.stop();
});
