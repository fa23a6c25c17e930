import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import type { RunView } from "../packages/coordinator/src/app/runs/operations.ts";
import { startFleet, waitFor } from "./support/fleet.ts";

test("an edited rate takes effect during a run, and an edit with faults changes nothing and is reported", async () => {
  await using fleet = await startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "80 kbit/s",
    packages: { ABC00001: { files: { "a.bin": noise(4_000_000, 1) } } },
  });
  const file = join(fleet.siteData, "hierarchy.yaml");
  const edit = (bandwidth: string): void =>
    writeFileSync(file, readFileSync(file, "utf8").replace(/bandwidth: [^}]*/, `bandwidth: ${bandwidth} `));
  const id = (await fleet.sitewright("rebuild", "--detach")).stdout.trim();
  const sent = async (): Promise<number> => ((await (await fleet.api(`/api/v1/runs/${id}`)).json()) as RunView).totals.wireBytes;
  await waitFor("some bytes", async () => (await sent()) > 10_000 || undefined);

  edit("fast");
  await waitFor("the fault to be logged", () => /hierarchy\.yaml:\d+: bandwidth \\"fast\\"/.test(fleet.coordinator.log()));
  expect((await fleet.overview()).addresses).toMatchObject([{ key: "SEC", bandwidth: 80_000 }]);

  edit("80 Mbit/s");
  // 4 MB take 400 s at the first rate: longer than this test may.
  expect((await fleet.json("watch", id)).exitCode).toBe(0);
});
