import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LedgerPage, ObjectPlan } from "@sitewright/protocol/api";
import { noise } from "@sitewright/testkit/noise";
import { startFleet, type Fleet } from "./support/fleet.ts";
import { writePackage } from "./support/site.ts";
import { writeTree } from "./support/trees/trees.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["cap", "dp"] } },
    packages: { ABC00001: { files: { "setup.txt": "one" }, version: 1 } },
    prepare: ({ siteData }) => writeTree(siteData, { "ABC/site.yaml": "serials: { packages: 1 }\n" }),
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

const place = (name: string): string => join(fleet.siteData, name);
const repair = <T>(...words: string[]) => fleet.json<T>("repair-objects", "--site", "ABC", ...words);
const found = async () => (await repair<ObjectPlan>()).findings.map(({ kind, id, finding }) => `${kind} ${id} ${finding}`);

test("what was made and changed after the backup comes back from the agents that hold it, byte by byte, and needs no transfer to them", async () => {
  cpSync(fleet.siteData, join(fleet.folder, "backup"), { recursive: true });
  const big = noise(700_000, 1);
  writePackage(fleet.siteData, "ABC00002", { files: { "a/big.bin": big, "a/empty.txt": "", "b.txt": "b" }, on: ["SRVABC"], version: 3 });
  writePackage(fleet.siteData, "ABC00001", { files: { "setup.txt": "two" }, on: ["SRVABC"], version: 2 });
  writeFileSync(place("ABC/inboxes/offerinf.box/ABC20001.ofr"), "Version=1\n");
  writeFileSync(place("ABC/site.yaml"), "serials: { packages: 2 }\n");
  expect((await fleet.json("rebuild")).exitCode).toBe(0);

  await fleet.coordinator.stop();
  rmSync(fleet.siteData, { recursive: true });
  renameSync(join(fleet.folder, "backup"), fleet.siteData);
  await fleet.coordinator.start();
  await fleet.connected();
  expect(await found()).toEqual(["advertisement ABC20001 made", "package ABC00001 changed", "package ABC00002 made"]);
  const text = await fleet.sitewright("repair-objects", "--site", "ABC");
  expect(text.stdout).toMatch(
    /package ABC00002: made \(bring-back, recreate, remove\)\n {4}the site data do not have it\n[^]*SRVABC holds version 3/,
  );

  const objects = ["package/ABC00001", "package/ABC00002", "advertisement/ABC20001"];
  const back = await fleet.sitewright("repair-objects", "--site", "ABC", "--bring-back", ...objects);
  expect([back.code, back.stdout]).toEqual([0, objects.map((object) => `${object} is in the site data again\n`).join("")]);
  expect(readFileSync(place("packages/ABC00002/source/a/big.bin")).equals(big)).toBe(true);
  expect(readFileSync(place("packages/ABC00001/source/setup.txt"), "utf8")).toBe("two");
  expect(await found()).toEqual([]);
  expect((await fleet.sitewright("repair-serials", "--site", "ABC", "--apply")).code).toBe(0);
  const { run, totals } = await fleet.json("rebuild");
  expect([run.state, run.problems, totals.wireBytes]).toEqual(["done", [], expect.any(Number)]);
  expect(totals.wireBytes).toBeLessThan(20_000);
  const { entries } = await fleet.json<LedgerPage>("ledger", "list", "--kind", "object-decided");
  expect(entries.map(({ details }) => details["object"])).toEqual(objects.toReversed());
});
