import { expect, test } from "vitest";
import { isPackageId, isUnitName, mayOwn, parseUnitKey, unitKey, type OwnedPath, type Unit } from "./unit.ts";
import { negotiateVersion } from "./trust/handshake.ts";

const cap: Unit = { role: "cap", name: "CAP_ABC" };
const logon: Unit = { role: "logon-point", name: "SMSLOGON@ABC" };
const dp: Unit = { role: "dp", name: "ABC0001F" };
const folder = (path: string): OwnedPath => ({ path, kind: "folder", rights: "clients-read" });
const file = (path: string): OwnedPath => ({ path, kind: "file", rights: "clients-read" });

test.each([
  [cap, folder("CAP_ABC/offerinf.box")],
  [logon, folder("SMSLOGON/Sites/ABC")],
  [logon, folder("SMSLOGON/i386")],
  [logon, file("SMSLOGON/Sitescfg/ABC_cfg.lcf")],
  [logon, file("SMSLOGON/Config/NETCONF.NCF")],
  [dp, folder("ABC0001F")],
])("%o may own %o", (unit, owned) => {
  expect(mayOwn(unit, owned)).toBe(true);
});

test.each([
  ["an inbox that clients write to", cap, folder("CAP_ABC/ccr.box")],
  ["the whole CAP", cap, folder("CAP_ABC")],
  ["another site's CAP", cap, folder("CAP_SEC/offerinf.box")],
  ["a folder inside an inbox", cap, folder("CAP_ABC/offerinf.box/x")],
  ["another site's logon folder", logon, folder("SMSLOGON/Sites/SEC")],
  ["all sites' logon folders", logon, folder("SMSLOGON/Sites")],
  ["another site's configuration", logon, file("SMSLOGON/Sitescfg/SEC_cfg.lcf")],
  ["the record of who copied what", logon, file("SMSLOGON/Config/copylog.TCF")],
  ["a folder where sites share files", logon, folder("SMSLOGON/Config")],
  ["the discovery inbox", logon, folder("SMSLOGON/Ddr.box")],
  ["the logs", logon, folder("SMSLOGON/Logs")],
  ["another package", dp, folder("ABC00020")],
  ["a folder inside a package", dp, folder("ABC0001F/bin")],
  ["everything that its name alone would allow", { role: "dp", name: "../etc" } as const, folder("../etc")],
  ["a foreign folder that its name alone would allow", { role: "dp", name: "Public" } as const, folder("Public")],
  ["the folder above a shared one", logon, file("SMSLOGON/Config/..")],
])("a unit may not own %s", (_, unit, owned) => {
  expect(mayOwn(unit, owned)).toBe(false);
});

test("parsing a unit's key yields the unit, and no other text is accepted", () => {
  for (const unit of [cap, logon, dp]) expect(parseUnitKey(unitKey(unit))).toEqual(unit);
  for (const key of ["dp/CAP_ABC", "dp", "x/ABC00001", "cap/CAP_abc", ""]) expect(parseUnitKey(key)).toBeUndefined();
});

test("a package id is a site code and five hex digits", () => {
  expect(["ABC0001F", "SR30002F"].every(isPackageId)).toBe(true);
  expect(["ABC0001G", "abc00001", "ABC1", "ABC000011", "../00001"].some(isPackageId)).toBe(false);
  expect(isUnitName("logon-point", "SMSLOGON@")).toBe(false);
});

test.each([
  [{ min: 1, max: 3 }, { min: 2, max: 5 }, 3],
  [{ min: 1, max: 1 }, { min: 1, max: 9 }, 1],
  [{ min: 1, max: 1 }, { min: 2, max: 9 }, undefined],
])("the versions %o and %o agree on %s", (ours, theirs, version) => {
  expect(negotiateVersion(ours, theirs)).toBe(version);
});
