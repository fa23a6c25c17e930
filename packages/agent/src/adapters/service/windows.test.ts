import { expect, test } from "vitest";
import { serviceLine, stateIn } from "./windows.ts";

test("a data folder with spaces, or that ends with a backslash, is one word of what Windows runs", () => {
  const program = String.raw`C:\Program Files\Sitewright\sitewright-agent.exe`;
  expect(serviceLine(program, String.raw`D:\Site data`)).toBe(
    String.raw`"C:\Program Files\Sitewright\sitewright-agent.exe" run --service --data-dir "D:\Site data"`,
  );
  expect(serviceLine("a.exe", "D:\\")).toBe(String.raw`"a.exe" run --service --data-dir "D:\\"`);
});

test("the state of a service is found in the words of Windows in any language", () => {
  const german =
    "SERVICE_NAME: SitewrightAgent \r\n  TYP                : 10  WIN32_OWN_PROCESS  \r\n  STATUS             : 3  STOP_PENDING \r\n";
  expect(stateIn(german)).toBe("STOP_PENDING");
  expect(stateIn("[SC] EnumQueryServicesStatus:OpenService")).toBeUndefined();
});
