import { expect, test } from "vitest";
import { mayOwn, ownedForCertain, packageOf, parseUnitKey, siteOf, topFolder, unitKey, unitOf } from "./unit.ts";
import { ROLES, UNIT_KINDS } from "./unit-kinds.ts";

const ID = { site: "ABC", package: "ABC0001F" };

test.each(ROLES)("the name of a unit of the role %s can be parsed back to its site code or package id", (role) => {
  const { of } = UNIT_KINDS[role];
  const unit = unitOf(role, ID[of]);
  expect([siteOf(unit), packageOf(unit)]).toEqual(of === "site" ? ["ABC", undefined] : [undefined, "ABC0001F"]);
  expect(parseUnitKey(unitKey(unit))).toEqual(unit);
});

test.each(ROLES)("the paths that a unit of the role %s owns for certain are permitted, and lie in the unit's top folder", (role) => {
  const unit = unitOf(role, ID[UNIT_KINDS[role].of]);
  const owned = ownedForCertain(unit);
  expect(owned).not.toEqual([]);
  for (const top of owned) {
    expect(mayOwn(unit, top)).toBe(true);
    expect(top.path.split("/")[0]).toBe(topFolder(unit));
  }
});

test.each(ROLES)("a unit of the role %s with an invalid name owns nothing", (role) => {
  for (const name of ["", "..", "CAP_abc", "SMSLOGON@", "Public"]) expect(ownedForCertain({ role, name })).toEqual([]);
});

test("clients find packages through the roles before them in the table", () => {
  expect(ROLES).toEqual(["cap", "logon-point", "dp"]);
  expect(ROLES.map((role) => UNIT_KINDS[role].servesFirst)).toEqual([true, true, false]);
});
