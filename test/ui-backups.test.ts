import axe from "axe-core";
import { expect, test } from "vitest";
import { stopProgram, waitFor } from "../scripts/support/programs.ts";
import { createBackedUpSite, SERVICES } from "./support/backed-up-site.ts";
import { openVisitors } from "./support/browser.ts";
import { startFleet } from "./support/fleet.ts";

test("an operator sees how the backups of each site stand, finds the way to one, has a backup made, and sees what came of it", async () => {
  using site = createBackedUpSite();
  await using fleet = await startFleet({
    systems: { SRVABC: { roles: ["cap"] }, SRVSEC: { site: "SEC", roles: ["cap"] } },
    absent: ["SRVSEC"],
    host: site.host,
  });
  await using visitors = await openVisitors(() => fleet);
  await using visit = await visitors.operator();
  const { page, faults } = visit;
  const service = await site.serve("--daily", "02:30", "--verify-in", "2");
  await page.goto("/#/sites");
  await page.getByRole("link", { name: "Backups" }).click();
  await page.getByRole("row", { name: /ABC.*SRVABC no backup/ }).waitFor();
  await page.getByRole("row", { name: /SEC.*not known/ }).waitFor();
  await page.getByRole("row", { name: /SRVSEC is not connected/ }).waitFor();
  await page.getByRole("link", { name: "SRVABC" }).click();
  await page.getByText("There is no backup yet").waitFor();
  await page.getByRole("button", { name: "Back up now" }).click();
  await page.getByRole("dialog").getByText("All services of the site are stopped").waitFor();
  await page.getByRole("button", { name: "Back it up" }).click();
  await page.getByRole("row", { name: /complete.*good, 2 files not read/ }).waitFor();
  expect(site.services.running()).toEqual(SERVICES);

  site.writeControlFile({}, "/bin/false");
  await page.getByRole("button", { name: "Back up now" }).click();
  await page.getByRole("button", { name: "Back it up" }).click();
  await page.getByRole("row", { name: /partial/ }).waitFor();
  await page.getByText(/\/bin\/false ended with 1/).waitFor();
  await page.getByText("last one failed").waitFor();
  await page.evaluate(axe.source);
  const broken = await waitFor("the rules of accessibility", async () => {
    const { violations } = (await page.evaluate("axe.run({ resultTypes: ['violations'] })")) as axe.AxeResults;
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  });
  await page.getByRole("link", { name: "All sites" }).click();
  await page.getByRole("row", { name: /ABC.*last one failed/ }).waitFor();
  await page.goto("/#/systems/SRVABC");
  await page.getByRole("link", { name: "Backups of the site" }).click();
  await page.getByRole("heading", { name: /^Backups of ABC/ }).waitFor();
  expect([broken, faults]).toEqual([[], []]);
  await stopProgram(service);
});
