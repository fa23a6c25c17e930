import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { runProgram } from "../scripts/support/programs.ts";
import { startFleet, waitFor } from "./support/fleet.ts";
import { readTree } from "./support/trees/trees.ts";

test("a courier that cannot take all of a unit takes a part of it, the agent that runs keeps that, and the line brings no more than the rest", async () => {
  const media = mkdtempSync(join(tmpdir(), "sitewright-part-"));
  await using fleet = await startFleet({
    systems: { SRVABC: { roles: ["cap"] }, DPSEC: { site: "SEC", roles: ["dp"] }, DPTWO: { site: "SEC", roles: ["dp"] } },
    packages: { ABC00001: { files: { "big.bin": noise(4_000_000, 1) }, on: ["DPSEC", "DPTWO"] } },
    bandwidth: "64 kbit/s",
  });
  try {
    const to = join(media, "stick");
    const courier = ["--system", "DPSEC", "--takes", "1m", "--capacity", "3M"];
    const { stdout } = await fleet.sitewright("media", "plan", ...courier);
    expect(stdout).toMatch(/dp\/ABC00001 +4.0 MB +medium 7[45] %, line/);
    expect(stdout).toMatch(/\nthe medium is better for what the line brings after .*, and the line for what it brings before\n/);
    expect(stdout).toMatch(
      /\na courier who takes longer than [\d:]+ is better for nothing, one who takes less than [\d:]+ for everything\n/,
    );
    expect(stdout).toMatch(/\n3.0 MB are not enough for all that would go/);
    // Its neighbour wants the same: that crosses the line once, is on the medium once, and is there for both at once.
    type Plan = {
      at: number;
      units: { part?: number }[];
      orders: Record<"system" | "by", string>[] & Record<"lineAt" | "expectedAt", number>[];
    };
    const plan = (...more: string[]) => fleet.json<Plan & { bytes: number }>("media", "plan", ...more, "--takes", "1m", "--capacity", "3M");
    const [alone, both] = [await plan("--system", "DPSEC"), await plan("--site", "SEC")];
    expect(both.orders.map(({ system, by }) => `${system} ${by}`)).toEqual(["DPSEC medium", "DPTWO medium"]);
    expect(both.orders[0]?.lineAt).toBe(both.orders[1]?.lineAt);
    const lineMs = ({ at, orders }: Plan): number => (orders[0]?.lineAt ?? 0) - at;
    expect(lineMs(both) / lineMs(alone)).toBeLessThan(1.2);
    expect([both.bytes, both.units]).toEqual([alone.bytes, alone.units]);
    // A quarter of it over the line.
    expect(((both.orders[0]?.expectedAt ?? 0) - both.at) / lineMs(both)).toBeLessThan(0.35);
    const written = await fleet.json<{ bytes: number }>("media", "write", to, ...courier);
    expect([written.bytes > 2_500_000, written.bytes < 3_300_000]).toEqual([true, true]);
    const { place } = fleet.agent("DPSEC");
    const imported = await runProgram("sitewright-agent", ["import", to, "--data-dir", join(place.folder, "agent-data")]);
    expect([imported.code, imported.stdout]).toEqual([
      1,
      expect.stringMatching(/dp\/ABC00001 +\d+ chunks.*or over the line in about \d min/),
    ]);
    await fleet.sitewright("address", "set", "SEC", "--bandwidth", "80 Mbit/s");
    const run = await fleet.json("rebuild", "--system", "DPSEC", "--wait");
    await waitFor("the unit", async () => (await fleet.system("DPSEC")).held?.some(({ live }) => live !== undefined));
    expect(readTree(join(fleet.agent("DPSEC").root("dp"), "ABC00001"))).toEqual(readTree(join(fleet.siteData, "packages/ABC00001/source")));
    expect(run.totals.fetchedBytes).toBeLessThan(1_300_000);
  } finally {
    rmSync(media, { recursive: true, force: true });
  }
});
