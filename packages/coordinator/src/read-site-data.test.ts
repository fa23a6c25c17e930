import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { makeSample } from "../../../scripts/sample/make-sample.ts";
import { readSiteData } from "./read-site-data.ts";

test("restored site data are counted and read whole, and what lacks its source or leads nowhere is named", async () => {
  const folder = temporaryFolder();
  const live = join(folder, "live");
  await makeSample(live, { seed: 7 });
  const restored = join(folder, "restored");
  cpSync(live, restored, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  const whole = await readSiteData(restored);
  expect(whole.faults).toEqual([]);
  expect(whole).toEqual(await readSiteData(live));
  expect(whole.counts).toMatchObject({ units: 11 });
  expect(readdirSync(folder).sort()).toEqual(["live", "restored"]);

  rmSync(join(restored, "packages/ABC00002/source"), { recursive: true });
  const { faults } = await readSiteData(restored);
  expect(faults).toEqual([{ code: expect.any(String) as string, message: expect.stringContaining("ABC00002") as string }]);
});

test("a folder that holds no site data is refused", async () => {
  await expect(readSiteData(temporaryFolder())).rejects.toMatchObject({ code: "SITE_DATA_INVALID" });
});
