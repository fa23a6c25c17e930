import { expect, test } from "vitest";
import { idsOf, NO_BACKUP, phasesOf, planWith } from "../../test-support/plans.ts";

/** The FAQ's section "Backup". */

test("to restore the site database alone is no recovery: registry, files and configuration come back from the same run", () => {
  const ids = idsOf(planWith());
  expect(ids).toEqual(expect.arrayContaining(["R03", "R05", "R06", "R07"]));
  for (const part of ["R03", "R05", "R06"]) expect(ids.indexOf(part)).toBeLessThan(ids.indexOf("R07"));
});

test("where only the database was lost, the other parts are restored with it", () => {
  expect(idsOf(planWith({ lost: ["database"], sharedSql: "no" }))).toEqual(expect.arrayContaining(["R03", "R05", "R06"]));
});

test("a backup that lacks a part or mixes runs is not restored; what can be read of it helps to find the numbers", () => {
  const ids = idsOf(planWith({ ...NO_BACKUP, backup: "partial" }));
  expect(ids.filter((id) => ["R03", "R05", "R06"].includes(id))).toEqual([]);
  expect(ids).toEqual(expect.arrayContaining(["P11", "R10"]));
});

test("lost CAPs and logon points need no backup: they are rebuilt from the site server, and nothing is restored", () => {
  const plan = planWith({ lost: ["cap", "logonPoint"] });
  expect(phasesOf(plan)).not.toContain("restore");
  expect(idsOf(plan)).toEqual(expect.arrayContaining(["S20", "S22", "V04"]));
});

test("a rebuild of many CAPs over a slow line has a temporary one offered meanwhile", () => {
  expect(idsOf(planWith({ lost: ["cap"] }))).toContain("P22");
  expect(idsOf(planWith({ lost: ["cap"], link: "fast" }))).not.toContain("P22");
});

test("each site is recovered by itself: no task asks other sites to be restored as well", () => {
  expect(phasesOf(planWith({ parent: "up", children: ["up"] }))).toEqual(
    phasesOf(planWith({ parent: "none", siteType: "central", children: ["up"], reference: "XYZ" })),
  );
});

test("a site can be recovered without a backup, with more data lost and more to do", () => {
  const [without, backed] = [planWith(NO_BACKUP), planWith()];
  expect(without.losses.length).toBeGreaterThanOrEqual(backed.losses.length);
  expect(idsOf(without)).toEqual(expect.arrayContaining(["R10", "S10", "S25"]));
  expect(idsOf(without)).not.toContain("R05");
});

test("a snapshot is taken as soon as the site is right again, and the older ones are marked", () => {
  const ids = idsOf(planWith());
  expect(ids).toContain("S28");
  expect(ids.indexOf("V08")).toBeGreaterThan(ids.indexOf("V06"));
});
