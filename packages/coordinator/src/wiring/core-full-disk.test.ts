import { SitewrightError } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { useCore } from "../../test-support/core-fixture.ts";
import { editableSiteData, indexExcept } from "../../test-support/core-site-data.ts";
import { ANNA } from "../../test-support/fakes.ts";

/** Which of the files of the data folder find no room. */
const full = new Set<"index.db" | "sources.db">();
const needRoom = (file: "index.db" | "sources.db"): void => {
  if (full.has(file)) throw new SitewrightError("DISK_FULL", `the disk that holds ${file} is full`, { path: file });
};
const { siteData } = editableSiteData();
const index = indexExcept(new Set());
const at = useCore(() => ({
  siteData: {
    ...siteData,
    async read(parents) {
      needRoom("sources.db");
      return await siteData.read(parents);
    },
  },
  index: {
    ...index,
    async index(...asked) {
      needRoom("index.db");
      return await index.index(...asked);
    },
  },
}));

const problems = async (run: string) => (await at.core.operations.run(run)).run.problems;

test("a run for whose preparation the coordinator has no room states that, across a restart, and is prepared once there is room", async () => {
  await at.fleet.connect("S1");
  full.add("index.db");
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  const { id } = run;
  const wait = { code: "DISK_FULL", leftOut: false };
  await expect.poll(() => problems(id)).toMatchObject([{ ...wait, unit: "dp/ABC00001" }]);
  await at.core.stop();
  full.add("sources.db");
  await at.restart();
  await expect.poll(() => problems(id)).toMatchObject([wait, { ...wait, message: expect.stringContaining("sources.db") as string }]);
  full.clear();
  await at.fleet.connect("S1");
  await expect.poll(async () => (await at.core.operations.run(id)).run.state, { timeout: 30_000 }).toBe("done");
  expect(await problems(id)).toEqual([]);
});

test("a run that waits for room can be cancelled, and then waits for nothing", async () => {
  full.add("index.db");
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await expect.poll(() => problems(id)).toHaveLength(1);
  await at.core.operations.cancel(ANNA, id);
  expect(await problems(id)).toEqual([]);
  full.clear();
});
