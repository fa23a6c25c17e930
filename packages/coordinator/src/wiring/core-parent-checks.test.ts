import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { LOST_PRIMARY } from "../../../expert/test-support/answers.ts";
import { ANNA } from "../../test-support/fakes.ts";
import { useNativeCore } from "../../test-support/native-core-fixture.ts";

const { fixture, place, write } = await useNativeCore((first) => {
  first(
    "hierarchy.yaml",
    `
sites:
  CEN: { type: primary, server: C1 }
  ABC: { type: primary, parent: CEN, server: A1 }
  XYZ: { type: primary, server: X1 }
  SEC: { type: secondary, parent: XYZ, server: S1 }
systems:
  C1: { site: CEN, roles: [] }
  A1: { site: ABC, roles: [] }
  X1: { site: XYZ, roles: [dp] }
  S1: { site: SEC, roles: [dp] }
addresses:
  XYZ: { bandwidth: 8 kbit/s }
  SEC: { bandwidth: 16 kbit/s, via: XYZ }
`,
  );
  for (const code of ["CEN", "ABC", "XYZ"]) first(`${code}/site.yaml`, "serials: { packages: 40 }\n");
  first("ABC/inboxes/offerinf.box/ABC20001.ofr", "[Advertisement]\r\nPackage=ABC00001\r\n");
  first("CEN/inboxes/PKGINFO.BOX/CEN00014.pkg", "[Package]\r\nName=SQL Server\r\nVersion=1\r\n");
  first("XYZ/inboxes/pkginfo.box/CEN00014.pkg", "[Package]\r\nName=Office\r\nVersion=1\r\n");
  first("CEN/objects/collections/CEN00002.yaml", "serial: 3\n");
  first("XYZ/objects/collections/CEN00002.yaml", "serial: 7\n");
  for (const [id, points] of [
    ["ABC00001", "X1, S1"],
    ["XYZ00001", "X1"],
    ["CEN00014", "S1"],
  ] as const) {
    first(`packages/${id}/package.yaml`, `sourceVersion: 2\ndistributionPoints: [${points}]\n`);
    first(`packages/${id}/source/a.txt`, "x".repeat(1_000));
  }
});
const check = (child: string, parent: string) => fixture.core.parents.check(child, parent);

test("a child below a parent that nothing is known against: what is above it, what becomes of its definitions, and what crosses its lines", async () => {
  await fixture.fleet.connect("A1", "C1");
  expect(await check("XYZ", "ABC")).toEqual({
    child: "XYZ",
    parent: "ABC",
    chain: ["ABC", "CEN"],
    blocks: [],
    warnings: [],
    isUnreachable: false,
    overwritten: [
      { kind: "package", id: "CEN00014", by: "CEN", from: 1, to: 1 },
      { kind: "collections", id: "CEN00002", by: "CEN", from: 7, to: 3 },
    ],
    load: {
      definitionsDown: { count: 3, bytes: 35 + 39 + 10 },
      definitionsUp: { count: 2, bytes: 35 + 10 },
      packages: 2,
      lines: [
        { address: "SEC", bytes: 2_000, takesMs: 1_000 },
        { address: "XYZ", bytes: 3_000, takesMs: 3_000 },
      ],
    },
  });
});

test("what systems below the child hold already does not cross a line again", async () => {
  const live = { generation: { epoch: 1, counter: 1 }, manifest: "a".repeat(64) };
  fixture.fleet.holds.set("S1", [{ unit: { role: "dp", name: "ABC00001" }, live, previous: false, sourceVersion: 2 }]);
  fixture.fleet.holds.set("X1", [{ unit: { role: "dp", name: "ABC00001" }, live, previous: false, sourceVersion: 1 }]);
  await fixture.fleet.connect("S1", "X1");
  const { load } = await check("XYZ", "ABC");
  expect(load.lines.map(({ address, bytes }) => [address, bytes])).toEqual([
    ["SEC", 1_000],
    ["XYZ", 2_000],
  ]);
});

test("a site above whose server is not connected is a warning, and forbids nothing", async () => {
  await fixture.fleet.connect("A1");
  const { blocks, warnings, isUnreachable } = await check("XYZ", "ABC");
  expect([blocks, isUnreachable]).toEqual([[], true]);
  expect(warnings).toEqual([{ site: "CEN", message: expect.stringContaining("C1 is not connected") as string }]);
});

test("a site anywhere above that went back, or most of whose data are missing, forbids it, and the same of the child is a warning", async () => {
  await fixture.core.serials.sites();
  write("CEN/site.yaml", "serials: { packages: 31 }\n");
  expect((await check("XYZ", "ABC")).blocks).toEqual([
    { site: "CEN", message: expect.stringContaining('"packages" is 31, and 40 was seen') as string },
  ]);
  rmSync(place("ABC/inboxes"), { recursive: true });
  rmSync(place("XYZ/inboxes"), { recursive: true });
  rmSync(place("XYZ/objects"), { recursive: true });
  const { blocks, warnings } = await check("XYZ", "ABC");
  expect(blocks.map(({ site }) => site)).toEqual(["ABC", "CEN"]);
  expect(blocks[0]?.message).toContain("of 1 folder none is left");
  expect(warnings).toContainEqual({ site: "XYZ", message: expect.stringContaining("of 2 folders none is left") as string });
});

test("a site above that was recovered without a recorded correction forbids it", async () => {
  write("CEN/site.yaml", "epoch: 2\nserials: { packages: 90 }\n");
  expect((await check("XYZ", "ABC")).blocks).toEqual([
    { site: "CEN", message: expect.stringContaining("nothing on record says") as string },
  ]);
  await fixture.core.serials.accept(ANNA, "CEN", "it was verified by hand");
  expect((await check("XYZ", "ABC")).blocks).toEqual([]);
});

test("a site whose recovery was abandoned by mistake may be followed once a person takes it as it is, until the next one ends", async () => {
  const { recoveries, serials } = fixture.core;
  const blocks = async () => (await check("XYZ", "ABC")).blocks.map(({ message }) => message);
  await expect(serials.accept(ANNA, "ABC", "x")).rejects.toMatchObject({ code: "CONFLICT" });
  const { id } = await recoveries.open(ANNA, { site: "ABC", answers: LOST_PRIMARY });
  await expect(serials.accept(ANNA, "ABC", "x")).rejects.toMatchObject({ code: "CONFLICT" });
  await recoveries.abandon(ANNA, id, "opened for the wrong site");
  expect(await blocks()).toEqual([expect.stringContaining("abandoned: end another one, or 'sitewright site accept ABC")]);
  expect(await serials.site("ABC")).toMatchObject({ signs: [], unsettled: "its recovery was abandoned" });
  await serials.accept(ANNA, "ABC", "it was never lost");
  expect(await blocks()).toEqual([]);
  expect((await serials.site("ABC")).unsettled).toBeUndefined();
  await fixture.core.stop();
  await fixture.restart();
  expect(await blocks()).toEqual([]);
  const again = await fixture.core.recoveries.open(ANNA, { site: "ABC", answers: LOST_PRIMARY });
  await fixture.core.recoveries.finish(ANNA, again.id, { outcome: "failed" });
  expect(await blocks()).toEqual([expect.stringContaining("its recovery failed")]);
});

test("unknown sites and circles are refused", async () => {
  await expect(check("XYZ", "NIX")).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(check("CEN", "ABC")).rejects.toMatchObject({ code: "CONFLICT" });
});
