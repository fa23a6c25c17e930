import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import type { Held } from "@sitewright/protocol";
import { ANNA } from "../../test-support/fakes.ts";
import { useNativeCore } from "../../test-support/native-core-fixture.ts";

const { fixture, write, place } = await useNativeCore((first) => {
  first(
    "hierarchy.yaml",
    "sites:\n  ABC: { type: primary, server: A1 }\nsystems:\n  A1: { site: ABC, roles: [cap, dp] }\n  A2: { site: ABC, roles: [dp] }\n",
  );
  first("ABC/site.yaml", "serials: { packages: 40 }\n");
  for (const id of ["ABC00001", "ABC00002", "ABC00003"]) writePackage(id, 2, first);
});

function writePackage(id: string, version: number, into = write): void {
  into(`packages/${id}/package.yaml`, `sourceVersion: ${version}\ndistributionPoints: [A1]\n`);
  into(`packages/${id}/source/setup.txt`, `${id} ${version}`);
}
const held = (id: string, sourceVersion: number, content = "c".repeat(64)): Held => ({
  unit: { role: "dp", name: id },
  live: { generation: { epoch: 1, counter: 1 }, manifest: "a".repeat(64) },
  previous: false,
  sourceVersion,
  content,
});
const remove = (id: string): void => rmSync(place(`packages/${id}`), { recursive: true });
const plan = () => fixture.core.objects.plan("ABC");
const found = async (): Promise<string[]> =>
  (await plan()).findings.map(({ id, finding, choices }) => `${id} ${finding}: ${choices.join()}`);
const read = () => fixture.core.serials.sites();

test("a site that is as it was has nothing to decide, and the plan names the systems that could not be asked", async () => {
  expect(await plan()).toEqual({ site: "ABC", signs: [], findings: [], unreached: ["A1", "A2"], returning: [], decided: [] });
  await expect(fixture.core.objects.plan("XYZ")).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("packages made and changed after the backup are found at the systems that hold them, and across a restart in the ledger", async () => {
  writePackage("ABC00004", 1);
  writePackage("ABC00005", 1);
  writePackage("ABC00001", 3);
  await read();
  write("ABC/site.yaml", "serials: { packages: 31 }\n");
  writePackage("ABC00001", 2);
  for (const id of ["ABC00004", "ABC00005"]) remove(id);
  await fixture.core.stop();
  await fixture.restart();
  fixture.fleet.holds.set("A1", [held("ABC00001", 3), held("ABC00004", 1), held("XYZ00001", 1)]);
  await fixture.fleet.connect("A1");
  const { signs, unreached } = await plan();
  expect([signs, unreached]).toEqual([[expect.stringContaining('"packages" is 31, and 40 was seen')], ["A2"]]);
  expect(await found()).toEqual([
    "ABC00001 changed: bring-back,keep",
    "ABC00004 made: bring-back,recreate,remove",
    "ABC00005 made: remove",
  ]);
});

test("two systems that hold different contents under one number are a conflict", async () => {
  fixture.fleet.holds.set("A1", [held("ABC00009", 1)]);
  fixture.fleet.holds.set("A2", [held("ABC00009", 1, "d".repeat(64))]);
  await fixture.fleet.connect("A1", "A2");
  const { findings } = await plan();
  expect(findings).toMatchObject([{ id: "ABC00009", finding: "conflict", copies: [{ system: "A1" }, { system: "A2" }] }]);
});

test("definitions made and changed after the backup are found on the client access points that clients still read", async () => {
  write("ABC/inboxes/offerinf.box/ABC20001.ofr", "Version=1\n");
  write("ABC/inboxes/pkginfo.box/ABC00001.pkg", "Version=2\n");
  const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
  const seen = (path: string, number: number, text: string) => ({ path: `CAP_ABC/${path}`, number, hash: sha256(text), size: text.length });
  fixture.fleet.tell = ({ want }) => ({
    last: true,
    ...(want.kind === "definitions"
      ? {
          objects: [
            seen("offerinf.box/ABC20001.ofr", 2, "Version=2\n"),
            seen("offerinf.box/ABC20002.ofr", 1, "Version=1\n"),
            seen("offerinf.box/XYZ20001.ofr", 1, "of another site"),
            seen("pkginfo.box/ABC00001.pkg", 2, "Version=2\n"),
          ],
        }
      : {}),
  });
  await fixture.fleet.connect("A1");
  const { findings } = await plan();
  expect(findings.map(({ kind, id, finding, choices }) => `${kind} ${id} ${finding}: ${choices.join()}`)).toEqual([
    "advertisement ABC20001 changed: bring-back,keep",
    "advertisement ABC20002 made: bring-back,remove",
  ]);
  fixture.fleet.tell = () => ({ last: true, failure: { code: "ROOT_AWAY", message: "the disk is absent" } });
  expect(await plan()).toMatchObject({ findings: [], unreached: ["A1", "A2"] });
});

test("a package that was deleted after the backup is revived by the restore", async () => {
  await read();
  remove("ABC00002");
  await read();
  await fixture.core.sources.accept(ANNA, "all");
  expect(await found()).toEqual([]);
  await fixture.core.stop();
  write("ABC/site.yaml", "serials: { packages: 31 }\n");
  writePackage("ABC00002", 2);
  await fixture.restart();
  expect(await found()).toEqual(["ABC00002 revived: keep,remove"]);
});

test("an id that was lost by the restore and is described again before anything was decided is reissued", async () => {
  writePackage("ABC00004", 1);
  await read();
  write("ABC/site.yaml", "serials: { packages: 31 }\n");
  remove("ABC00004");
  await read();
  writePackage("ABC00004", 1);
  fixture.fleet.holds.set("A1", [held("ABC00004", 1)]);
  await fixture.fleet.connect("A1");
  expect(await found()).toEqual(["ABC00004 reissued: bring-back,recreate,keep"]);
});

test("several packages below the versions that were seen hold their site, until it is accepted as it is", async () => {
  for (const id of ["ABC00001", "ABC00002"]) writePackage(id, 5);
  await read();
  writePackage("ABC00001", 2);
  expect((await read())[0]?.signs).toEqual([]);
  writePackage("ABC00002", 2);
  const sign = expect.stringMatching(
    /^2 packages .*repair-objects --site ABC.*: ABC00001 2, and 5 was seen; ABC00002 2, and 5 was seen$/,
  ) as string;
  expect((await read())[0]?.signs).toEqual([sign]);
  const { problems } = await fixture.core.operations.overview();
  expect(problems.filter(({ code }) => code === "RECOVERY_REQUIRED")).toMatchObject([{ site: "ABC", leftOut: true }]);
  await fixture.core.serials.accept(ANNA, "ABC", "a test hierarchy");
  expect([(await read())[0]?.signs, await found()]).toEqual([[], []]);
});

test("what agents remember of numbers that were replaced is found, and a later number is given to what is kept", async () => {
  write("ABC/inboxes/offerinf.box/ABC20001.ofr", "Version=1\n");
  const trace = (id: string, number: number) => ({ path: `CAP_ABC/offerinf.box/${id}.ofr`, number, hash: "b".repeat(64), size: 9 });
  fixture.fleet.tell = () => ({ last: true, remembered: [trace("ABC20001", 6), trace("ABC20009", 1)] });
  fixture.fleet.holds.set("A1", [{ ...held("ABC00001", 2), highestVersion: 5 }]);
  await fixture.fleet.connect("A1");
  expect(await found()).toEqual(["ABC20001 changed: keep", "ABC00001 changed: bring-back,keep"]);
  for (const object of ["advertisement/ABC20001", "package/ABC00001"])
    await fixture.core.objects.decide(ANNA, "ABC", { object, decision: "keep" });
  expect(await found()).toEqual([]);
  expect((await fixture.core.operations.packages()).find(({ id }) => id === "ABC00001")).toMatchObject({ sourceVersion: 6 });
});

test("no number is proposed below what a system holds or held: ids and numbers of its definitions are witnesses", async () => {
  write("ABC/site.yaml", "serials: { packages: 2, advertisements: 2 }\n");
  await read();
  const offer = (id: string, number: number) => ({ path: `CAP_ABC/offerinf.box/${id}.ofr`, number, hash: "b".repeat(64), size: 9 });
  fixture.fleet.tell = () => ({ last: true, objects: [offer("ABC20011", 1), offer("ABC20001", 60)], remembered: [offer("ABC20020", 1)] });
  fixture.fleet.holds.set("A2", [held("ABC00FFF", 1)]);
  await fixture.fleet.connect("A1", "A2");
  const proposals = async (setAside: string[]) => {
    const counters = (await fixture.core.serials.plan("ABC", setAside)).proposals;
    return counters.map(({ counter, number, reasons }) => `${counter} ${number}: ${reasons[0]}`);
  };
  const missed = "20 more, since it may have missed the last ones";
  expect(await proposals([])).toEqual([
    `advertisements 80: A1/definitions has seen 60; ${missed}`,
    `packages 4115: A2 has seen 4095; ${missed}`,
  ]);
  expect((await proposals(["A1/definitions"]))[0]).toBe(`advertisements 52: A1 has seen 32; ${missed}`);
});
