import { ANNA } from "../../test-support/fakes.ts";
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import type { Held } from "@sitewright/protocol";
import { catalogueSiteData } from "../../test-support/catalogue-site-data.ts";
import { silent } from "../../test-support/redis/redis-fixture.ts";
import { useCore } from "../../test-support/core-fixture.ts";
import { openContentIndex } from "../adapters/content-index/content-index.ts";
import { openSourceMemory } from "../adapters/source-memory.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "sitewright-catalogue-")));
const siteData = join(folder, "site-data");
const index = await openContentIndex({ siteData, dataDir: join(folder, "data"), workers: 1 });
const sourceMemory = openSourceMemory(join(folder, "data"), silent);

beforeEach(() => {
  rmSync(siteData, { recursive: true, force: true });
  for (const shelf of ["shelf-1", "shelf-7"]) {
    mkdirSync(join(siteData, shelf), { recursive: true });
    writeFileSync(join(siteData, shelf, "content.bin"), `of ${shelf}`);
  }
  catalogue(1);
});
const fixture = useCore(() => ({ siteData: catalogueSiteData(siteData), index, sourceMemory }));
afterAll(async () => {
  await index.close();
  sourceMemory.close();
  rmSync(folder, { recursive: true });
});

function catalogue(version: number): void {
  const lines = [
    "system A1 ABC cap,dp",
    "unit cap/CAP_ABC 1 A1 CAP_ABC/pkginfo.box=shelf-7",
    `unit dp/ABC00001 ${version} A1 ABC00001=shelf-1`,
  ];
  writeFileSync(join(siteData, "catalogue.txt"), lines.join("\n"));
}

const failures = async (run: string): Promise<string[]> =>
  (await fixture.core.operations.run(run)).phases.flatMap(({ outcome }) => (outcome?.kind === "failed" ? [outcome.message] : []));

test("a hierarchy whose reader shares no file format with the native one is rebuilt like any other", async () => {
  await fixture.fleet.connect("A1");
  const { id } = await fixture.core.operations.start(ANNA, "rebuild", {});
  await fixture.reaches(id, "done");
  const { phases } = await fixture.core.operations.run(id);
  expect(phases.map(({ unit, task, files }) => `${task} ${unit.name} ${files}`)).toEqual([
    "stage CAP_ABC 1",
    "activate CAP_ABC 1",
    "stage ABC00001 1",
    "activate ABC00001 1",
  ]);
});

test("a place of another reader that vanishes is reported missing under the name that this reader gave it", async () => {
  await fixture.core.operations.start(ANNA, "plan", {});
  renameSync(join(siteData, "shelf-1"), join(siteData, "away"));
  const missing = await fixture.core.sources.missing();
  expect(missing.map(({ place, units }) => [place, units])).toEqual([["shelf-1", ["dp/ABC00001"]]]);
});

test("messages name a unit's description as its reader does", async () => {
  const held = (name: string, sourceVersion: number): Held => ({
    unit: { role: "dp", name },
    live: { generation: { epoch: 1, counter: 1 }, manifest: "a".repeat(64) },
    previous: false,
    sourceVersion,
  });
  fixture.fleet.holds.set("A1", [held("ABC00001", 9), held("ABC00009", 1)]);
  await fixture.fleet.connect("A1");
  const { id } = await fixture.core.operations.start(ANNA, "rebuild", { packages: ["ABC00001"] });
  await fixture.reaches(id, "failed");
  expect((await failures(id)).join()).toContain("catalogue.txt states sourceVersion 1");
  expect((await fixture.core.sources.missing()).map(({ place }) => place)).toEqual(["the entry ABC00009"]);
});
