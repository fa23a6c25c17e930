import { SitewrightError } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { useCore } from "../../test-support/core-fixture.ts";
import { editableSiteData } from "../../test-support/core-site-data.ts";
import { ANNA } from "../../test-support/fakes.ts";

let isReadable = true;
const { siteData } = editableSiteData();
const at = useCore(() => ({
  siteData: {
    ...siteData,
    revision: async () => String(isReadable),
    async read(parents) {
      if (!isReadable) throw new SitewrightError("SITE_DATA_INVALID", "the disk of the site data is absent");
      return await siteData.read(parents);
    },
  },
}));

test("after a start, work waits until the site data have been read, and that is the reason that is stated, without a forecast", async () => {
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await expect.poll(async () => (await at.core.operations.run(run.id)).run.state).toBe("running");
  await at.core.stop();
  isReadable = false;
  await at.restart();
  await at.fleet.connect("S1");
  const reasons = async () => (await at.core.operations.run(run.id)).phases.map(({ waitingFor }) => waitingFor);
  await expect.poll(reasons).toEqual(["site-data-unread", "earlier-phase"]);
  expect(await at.core.operations.forecast(run.id)).not.toHaveProperty("present");
  isReadable = true;
  await at.reaches(run.id, "done");
});
