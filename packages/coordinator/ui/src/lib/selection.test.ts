import { expect, test } from "vitest";
import { anOverview, aSystem } from "../test-support.ts";
import { choices, EVERYTHING, faultsOf, optionsOf, selectionWords } from "./selection.ts";

const { sites, systems } = anOverview({
  systems: [
    aSystem({ name: "SRVABC", site: "ABC", roles: ["cap", "dp"] }),
    aSystem({ name: "SRVSEC", site: "SEC" }),
    aSystem({ name: "SITESRV", site: "ABC", roles: [] }),
  ],
});

const overview = { sites, systems, packages: ["ABC00002", "ABC00001"] };

test("only what fits the chosen sites and systems is offered, and requested", () => {
  expect(choices(overview, EVERYTHING)).toMatchObject({
    systems: ["SRVABC", "SRVSEC"],
    roles: ["cap", "dp"],
    packages: ["ABC00001", "ABC00002"],
  });
  const choice = { ...EVERYTHING, sites: ["SEC"], systems: ["SRVABC"], packages: ["ABC00002", "ABC00001"] };
  const ofSite = { ...overview, packages: ["ABC00001"] };
  expect(choices(ofSite, { ...choice, systems: [] })).toMatchObject({ systems: ["SRVSEC"], packages: ["ABC00001"] });
  expect(optionsOf({ ...choice, systems: ["SRVABC", "SRVSEC"] }, ofSite)).toMatchObject({
    systems: ["SRVSEC"],
    packages: ["ABC00001"],
    graceMs: 600_000,
  });
});

test("as long as the packages of the chosen systems are not known, those that were chosen stay chosen", () => {
  expect(optionsOf({ ...EVERYTHING, packages: ["ABC00009"] }, { ...overview, packages: undefined })).toMatchObject({
    packages: ["ABC00009"],
  });
});

test("numbers that the coordinator would refuse are reported before", () => {
  expect(faultsOf(EVERYTHING)).toEqual([]);
  expect(faultsOf({ ...EVERYTHING, maxUnavailable: 0, graceMinutes: Number.NaN })).toHaveLength(2);
});

test("a selection is formatted in words", () => {
  const options = optionsOf(EVERYTHING, overview);
  expect(selectionWords(options)).toBe("whole hierarchy");
  expect(selectionWords({ ...options, sites: ["SEC"], packages: ["ABC00001"] })).toBe("site SEC · ABC00001");
});
