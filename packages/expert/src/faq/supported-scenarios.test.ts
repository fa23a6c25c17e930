import { expect, test } from "vitest";
import { idsOf, knowledge, planWith } from "../../test-support/plans.ts";

/** The FAQ's section "Supported Scenarios". */

const valuesOf = (id: string) => knowledge.questions.find((question) => question.id === id)?.values;

test("an operating system is supported as far as the product supports it: the releases are asked for, and whether they are the same as before", () => {
  expect(valuesOf("versions")).toEqual(["same", "newer", "older", "otherEdition"]);
});

test("any backup will do that has all parts of one run: the list asks for nothing else of it", () => {
  const asked = knowledge.questions.map(({ id }) => id).filter((id) => id.startsWith("backup"));
  expect(asked).toEqual(["backup", "backupTest", "backupAge", "backupClean"]);
});

test("nothing writes while something is restored: all services are stopped first", () => {
  const ids = idsOf(planWith());
  for (const restore of ["R03", "R05", "R06"]) expect(ids.indexOf("R01")).toBeLessThan(ids.indexOf(restore));
});

test("clients are neither backed up nor restored: what can be lost are servers of the site", () => {
  expect(valuesOf("lost")).toEqual(["siteServer", "database", "provider", "cap", "logonPoint", "dp"]);
});
