import { join } from "node:path";
import { expect, test } from "vitest";
import { startFleet } from "./support/fleet.ts";
import { noise, readTree } from "./support/trees.ts";

const SIZE = 6_000_000;
const FILES = {
  "large.bin": noise(SIZE / 2, 1),
  ...Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`folder${i % 5}/file${i}.bin`, noise(SIZE / 60, i + 10)])),
};

test("two systems behind one address that begin together take each chunk over the line once, and have the rest from each other", async () => {
  await using fleet = await startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["dp"] }, SRVDP2: { site: "SEC", roles: ["dp"] } },
    bandwidth: "16 Mbit/s",
    packages: { ABC00001: { files: FILES } },
  });
  const { run, totals } = await fleet.json("rebuild", "--wait");
  expect(run.state).toBe("done");
  const source = readTree(join(fleet.siteData, "packages/ABC00001/source"));
  for (const system of ["SRVSEC", "SRVDP2"]) expect(readTree(join(fleet.agent(system).root("dp"), "ABC00001"))).toEqual(source);
  expect(totals.wireBytes).toBeLessThan(SIZE * 1.15);
  expect(totals.peerBytes).toBeGreaterThan(SIZE * 0.85);
  expect(totals.retriedBytes).toBe(0);
});
