import { expect, test } from "vitest";
import { idsOf, LOST_SECONDARY, NO_BACKUP, phasesOf, planWith } from "../../test-support/plans.ts";

/** The FAQ's section "Secondary Sites". */

test("a secondary site is a site of the expert like others, with all phases", () => {
  expect(phasesOf(planWith(LOST_SECONDARY))).toEqual(["prepare", "rebuild", "restore", "repair", "verify"]);
});

test("a secondary site with a backup has its registry keys and files restored, and no database", () => {
  const ids = idsOf(planWith(LOST_SECONDARY));
  expect(ids).toEqual(expect.arrayContaining(["R05", "R06"]));
  expect(ids.filter((id) => ["R03", "R04", "R09"].includes(id))).toEqual([]);
});

test("with a backup it is resynchronised after that", () => {
  const ids = idsOf(planWith(LOST_SECONDARY));
  expect(ids.indexOf("S01")).toBeGreaterThan(ids.indexOf("R06"));
});

test("without a backup it is resynchronised and repaired first, then packages and advertisements are distributed again", () => {
  const ids = idsOf(planWith({ ...LOST_SECONDARY, ...NO_BACKUP }));
  expect(ids.filter((id) => id === "R05" || id === "R06")).toEqual([]);
  expect(ids).toContain("S19");
  expect(ids.indexOf("S01")).toBeLessThan(ids.indexOf("S19"));
});

test("without a backup the site is recovered under its own code, or removed cleanly: the two ways are not mixed", () => {
  expect(idsOf(planWith({ ...LOST_SECONDARY, ...NO_BACKUP }))).toContain("B06");
  expect(idsOf(planWith(LOST_SECONDARY))).not.toContain("B06");
});

test("without a backup more is lost, and it takes more", () => {
  const [without, backed] = [planWith({ ...LOST_SECONDARY, ...NO_BACKUP }), planWith(LOST_SECONDARY)];
  expect(without.losses.length).toBeGreaterThanOrEqual(backed.losses.length);
  expect(idsOf(without)).toContain("S25");
});

test("a second distribution point that survived is used: what it holds is not sent again", () => {
  expect(idsOf(planWith({ lost: ["dp"] }))).toEqual(expect.arrayContaining(["P21", "B10", "S24"]));
});
