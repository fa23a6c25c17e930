import { expect, test } from "vitest";
import { namesKey } from "./registry.ts";
import { machineStartIn } from "./site-services.ts";

const qc = (type: string) => `[SC] QueryServiceConfig SUCCESS

SERVICE_NAME: SMS_EXECUTIVE
        TYPE               : 10  WIN32_OWN_PROCESS
        START_TYPE         : ${type}
        ERROR_CONTROL      : 1   NORMAL
        SERVICE_START_NAME : LocalSystem
`;

test.each([
  ["2   AUTO_START", "yes"],
  ["2   AUTO_START  (DELAYED)", "delayed"],
  ["2   AUTO_START (DELAYED)", "delayed"],
  ["3   DEMAND_START", "no"],
  ["4   DISABLED", "no"],
] as const)("a service of the start type '%s' starts with the machine: %s", (type, starts) => {
  expect(machineStartIn(qc(type).replaceAll("\n", "\r\n"))).toBe(starts);
});

test("a key is told from one of another name, from a value, and from the key above it", () => {
  const listing = [
    "",
    "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft",
    "    NAL    REG_SZ    a value\\NAL",
    "",
    "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\SMS",
    "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\SMSX",
  ].join("\r\n");
  const found = ["HKLM\\SOFTWARE\\Microsoft\\sms", "HKLM\\SOFTWARE\\Microsoft\\NAL", "HKLM\\SOFTWARE\\Microsoft\\MS"];
  expect(found.map((key) => namesKey(listing, key))).toEqual([true, false, false]);
});
