import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Deletion, DeletionPlan, LedgerPage } from "../packages/protocol/src/api/index.ts";
import { startFleet, waitFor } from "./support/fleet.ts";

test("a deleted site stays out of force over a killed coordinator, though hierarchy.yaml names it, and is served again after an undo", async () => {
  await using fleet = await startFleet({
    systems: { SRVABC: { roles: ["cap", "dp"] }, SRVSEC: { site: "SEC", roles: ["cap", "dp"] } },
    packages: { ABC00001: { files: { "a.txt": "a" } } },
  });
  expect((await fleet.sitewright("rebuild")).code).toBe(0);
  const packageFile = (): string => readFileSync(join(fleet.siteData, "packages/ABC00001/package.yaml"), "utf8");
  const before = packageFile();
  expect(before).toContain("SRVSEC");
  const site = ["hierarchy", "delete", "--site", "SEC"];
  const preview = await fleet.sitewright(...site);
  expect(preview.stdout).toContain("to delete the site SEC (nothing was changed):");
  expect(preview.stdout).toContain("to do it, add: --confirm SEC --reason TEXT");
  const unconfirmed = await fleet.sitewright(...site, "--confirm", "SRVSEC", "--reason", "closed");
  expect(unconfirmed.stderr).toContain('CONFIRMATION_NEEDED: to delete the site SEC, confirm it with "SEC": nothing was changed');
  const parent = await fleet.json<DeletionPlan>("hierarchy", "delete", "--site", "ABC");
  expect(parent).toMatchObject({
    exitCode: 1,
    blocks: [{ code: "CONFLICT", message: expect.stringContaining("SEC: below ABC") as string }],
  });

  const done = await fleet.sitewright(...site, "--confirm", "SEC", "--reason", "closed");
  expect([done.code, done.stdout]).toEqual([0, expect.stringContaining("the site SEC is deleted:")]);
  expect(packageFile()).not.toContain("SRVSEC");
  const told = "the hierarchy has no system SRVSEC any more";
  await waitFor("the agent was told", async () => fleet.agent("SRVSEC").log().includes(told) || undefined);
  await fleet.coordinator.kill();
  await fleet.coordinator.start();
  await fleet.connected("SRVABC");
  const { sites, problems } = await fleet.overview();
  expect(sites.map(({ code }) => code)).toEqual(["ABC"]);
  expect(problems.map(({ code }) => code)).toContain("DELETION_IN_FORCE");
  const { entries } = await fleet.json<LedgerPage>("ledger", "list", "--kind", "deleted");
  expect(entries).toMatchObject([{ about: { site: "SEC" }, details: { reason: "closed" } }]);

  expect(await fleet.json<Deletion>(...site, "--undo")).toMatchObject({ exitCode: 0, site: "SEC", reason: "closed" });
  expect(packageFile()).toBe(before);
  // It would connect by itself, later.
  await fleet.agent("SRVSEC").stop();
  await fleet.agent("SRVSEC").start();
  await fleet.connected("SRVSEC");
  expect((await fleet.sitewright("verify", "--site", "SEC")).code).toBe(0);
});
