import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFleet, type Fleet } from "./support/fleet.ts";
import { differences } from "./support/trees/same-tree.ts";
import { writePackage } from "./support/site.ts";
import { writeSparse } from "./support/trees/trees.ts";

/** Files of one folder: more than 16 bits count; and their maximum size in bytes. */
const MANY = 66_000;
const MANY_SIZE = 40;
/** More bytes than 32 bits count. */
const LARGE = 2 ** 32 + 100_000_000;

/** Each test has a package of its own. */
let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ systems: { SRVABC: { roles: ["dp"] } } });
});
// Removes hundreds of thousands of files.
afterAll(() => fleet?.[Symbol.asyncDispose](), 240_000);

const source = (id: string) => join(fleet.siteData, "packages", id, "source");
const live = (id: string) => join(fleet.agent("SRVABC").root("dp"), id);

test("a file beyond 4 GiB arrives completely", async () => {
  writePackage(fleet.siteData, "ABC00001", { files: { "/": "" }, on: ["SRVABC"] });
  const file = join(source("ABC00001"), "large.img");
  writeSparse(file, LARGE);
  const { exitCode, totals } = await fleet.json("rebuild", "--package", "ABC00001");
  expect(exitCode).toBe(0);
  expect(totals.wireBytes).toBeLessThan(20_000_000);
  expect(statSync(join(live("ABC00001"), "large.img")).size).toBe(statSync(file).size);
  expect(differences(source("ABC00001"), live("ABC00001"))).toEqual([]);
});

test(`${MANY} files in one folder arrive, and a change of some of them afterwards`, { timeout: 600_000 }, async () => {
  writePackage(fleet.siteData, "ABC00002", { files: { "/": "" }, on: ["SRVABC"] });
  const folder = source("ABC00002");
  for (let i = 0; i < MANY; i++) writeFileSync(join(folder, `file${i}.dat`), `${i}`.padEnd(i % MANY_SIZE, "-"));
  expect((await fleet.json("rebuild", "--package", "ABC00002")).exitCode).toBe(0);
  expect(differences(folder, live("ABC00002"))).toEqual([]);
  for (let i = 0; i < MANY; i += MANY / 10) writeFileSync(join(folder, `file${i}.dat`), "changed");
  rmSync(join(folder, "file7.dat"));
  expect((await fleet.json("rebuild", "--package", "ABC00002")).exitCode).toBe(0);
  expect(differences(folder, live("ABC00002"))).toEqual([]);
});
