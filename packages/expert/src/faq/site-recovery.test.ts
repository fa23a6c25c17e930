import { expect, test } from "vitest";
import { idsOf, phasesOf, planWith } from "../../test-support/plans.ts";

/** The FAQ's section "SMS Recovery", as the list of tasks answers it. */

const REINSTALLED = { trigger: "reinstall", lost: [] as string[] };

test("a recovery is what is done whenever a site is installed under a code or server name that was used before: also for a mere reinstallation", () => {
  expect(phasesOf(planWith(REINSTALLED))).toEqual(["prepare", "rebuild", "restore", "repair", "verify"]);
});

test("of a reinstallation the most critical task, the serial numbers, comes before everything that the site sends", () => {
  const ids = idsOf(planWith(REINSTALLED));
  const sends = planWith(REINSTALLED)
    .tasks.filter(({ task }) => task.sends)
    .map(({ task }) => task.id);
  expect(sends.length).toBeGreaterThan(0);
  for (const raises of ["S01", "S02", "S03"]) for (const id of sends) expect(ids.indexOf(raises), id).toBeLessThan(ids.indexOf(id));
});

test("a reinstallation that was not treated as a recovery has done damage, which is looked for and put right", () => {
  const ids = idsOf(planWith(REINSTALLED));
  expect(ids).toEqual(expect.arrayContaining(["P12", "S29"]));
  expect(idsOf(planWith())).not.toContain("P12");
});

test("a child site is left connected: to disconnect it protects it from nothing", () => {
  expect(idsOf(planWith())).toContain("P06");
  expect(idsOf(planWith({ children: ["none"] }))).not.toContain("P06");
});

test("before a child site is connected again, the site and all sites above it are checked, and not before the recovery is signed", () => {
  const ids = idsOf(planWith());
  expect(ids.indexOf("V11")).toBeGreaterThan(ids.indexOf("V09"));
  expect(ids.indexOf("V10")).toBeGreaterThan(ids.indexOf("V09"));
});

test("who leads and who records is fixed first, so that the skills that it takes are there", () => {
  expect(idsOf(planWith()).slice(0, 2)).toEqual(["P01", "P02"]);
});

test("a recovery has its phases in one order: prepare, rebuild, restore, repair, and in the end verify", () => {
  expect(phasesOf(planWith())).toEqual(["prepare", "rebuild", "restore", "repair", "verify"]);
});
