import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { catalogueSiteData } from "../../test-support/catalogue-site-data.ts";
import { useCore } from "../../test-support/core-fixture.ts";
import { ANNA, LISTENER } from "../../test-support/fakes.ts";
import { silent } from "../../test-support/redis/redis-fixture.ts";
import { openContentIndex } from "../adapters/content-index/content-index.ts";
import { openSourceMemory } from "../adapters/source-memory.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "sitewright-drill-")));
const siteData = join(folder, "site-data");
const index = await openContentIndex({ siteData, dataDir: join(folder, "data"), workers: 1 });
const sourceMemory = openSourceMemory(join(folder, "data"), silent);

beforeEach(() => {
  rmSync(siteData, { recursive: true, force: true });
  for (const shelf of ["shelf-1", "shelf-2"]) {
    mkdirSync(join(siteData, shelf), { recursive: true });
    writeFileSync(join(siteData, shelf, "content.bin"), `of ${shelf}`.repeat(1000));
  }
  const lines = [
    "system A1 ABC cap,dp",
    "system A2 ABC dp",
    "unit cap/CAP_ABC 1 A1 CAP_ABC/pkginfo.box=shelf-1",
    "unit dp/ABC00001 1 A1,A2 ABC00001=shelf-2",
  ];
  writeFileSync(join(siteData, "catalogue.txt"), lines.join("\n"));
});
const at = useCore(() => ({ siteData: catalogueSiteData(siteData), index, sourceMemory }));
afterAll(async () => {
  await index.close();
  sourceMemory.close();
  rmSync(folder, { recursive: true });
});

const asked = (lose: string[]) => ({ lose, at: "Fri 17:00", links: { "own-network": "64 kbit/s" }, reserve: [] });

/** Every file with a digest of its bytes. What SQLite locks by is memory that it shares, not a record. */
function files(): Map<string, string> {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = found.map(({ parentPath, name }) => join(parentPath, name)).filter((path) => !path.endsWith("-shm"));
  return new Map(paths.sort().map((path) => [path, createHash("sha256").update(readFileSync(path)).digest("hex")]));
}

/** All that Redis keeps: runs, orders, the queue, the copy of the ledger. What the queue's own worker notes of itself is no work. */
async function stored(): Promise<Map<string, string>> {
  const { client } = at.redis;
  const keys = (await client.keys("*")).filter((key) => !key.endsWith(":stalled-check")).sort();
  const dumps = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
  return new Map(keys.map((key, i) => [key, dumps[i]?.toString("hex") ?? ""]));
}

/** Until what follows a run has been written too. */
async function quiet(): Promise<void> {
  let last = await stored();
  await expect
    .poll(
      async () => {
        const before = last;
        last = await stored();
        return [...last].every(([key, dump]) => before.get(key) === dump);
      },
      { interval: 200 },
    )
    .toBe(true);
}

test("the same look would show what a run leaves behind", async () => {
  await at.fleet.connect("A1", "A2");
  const before = { stored: await stored(), sent: at.fleet.sent.length };
  await at.reaches((await at.core.operations.start(ANNA, "plan", {})).id, "done");
  expect(await stored()).not.toEqual(before.stored);
  expect(at.fleet.sent.length).toBeGreaterThan(before.sent);
});

test("before any run has indexed the sources, a drill is refused and says which run does that", async () => {
  await expect(at.core.drills.rehearse(LISTENER, asked(["A1"]))).rejects.toMatchObject({
    code: "NOTHING_SELECTED",
    message: expect.stringContaining("start 'sitewright plan' first") as string,
  });
});

test("what no run has indexed yet is named, and not counted", async () => {
  await at.fleet.connect("A1", "A2");
  await at.reaches((await at.core.operations.start(ANNA, "plan", { roles: ["dp"] })).id, "done");
  const report = await at.core.drills.rehearse(LISTENER, asked(["A1", "A2"]));
  expect(report.unknown).toEqual(["cap/CAP_ABC"]);
  expect(report.rehearsal.sites).toMatchObject([{ site: "ABC", wireBytes: expect.any(Number) as number }]);
});

test("a drill touches nothing: no file, no record, no entry of the ledger or of the queue, and no agent hears of it", async () => {
  await at.fleet.connect("A1", "A2");
  await at.reaches((await at.core.operations.start(ANNA, "plan", {})).id, "done");
  // Its threads give their database back some time later: a drill does not need them.
  await index.close();
  await quiet();
  const before = { files: files(), stored: await stored(), sent: at.fleet.sent.length, runs: await at.core.operations.runs(9) };
  expect(before.files.size).toBeGreaterThan(4);
  expect(before.stored.size).toBeGreaterThan(4);

  const report = await at.core.drills.rehearse(LISTENER, asked(["A1", "A2"]));
  expect(report.lost).toEqual(["A1", "A2"]);
  expect(report.rehearsal.endsAt).toBeGreaterThan(report.start);
  await expect(at.core.drills.rehearse(LISTENER, asked(["A3"]))).rejects.toMatchObject({ code: "BAD_REQUEST" });

  expect(files()).toEqual(before.files);
  expect(await stored()).toEqual(before.stored);
  expect(at.fleet.sent).toHaveLength(before.sent);
  expect(await at.core.operations.runs(9)).toEqual(before.runs);
});
