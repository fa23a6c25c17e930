import { expect, test } from "vitest";
import { ERROR_CODES } from "@sitewright/protocol";
import { adviceFor } from "./advice.ts";
import { readEntries } from "./advice-data.ts";

test("every error code has one entry with what it means and what to do, and there is no entry without a code", () => {
  const entries = readEntries();
  expect(Object.keys(entries)).toEqual(Object.keys(ERROR_CODES));
  for (const [code, entry] of Object.entries(entries)) {
    expect([code, Object.keys(entry)]).toEqual([code, ["means", "do"]]);
    expect(entry.do, code).toMatch(/^[A-Z].*[.A-Z]$|: sitewright \w+ \w+$|: sitewright remove$/);
    expect(entry.means, code).toMatch(/^[^\n|]+[^.]$/);
  }
});

test("the advice for an error is that of its entry, and a code of a newer version leads to the log", () => {
  expect(adviceFor("DISK_FULL")).toBe("Make room there, then retry, unless it says that it is tried again.");
  expect([adviceFor("NEVER_HEARD_OF"), adviceFor("toString")]).toEqual([
    "See the log of this order, then retry.",
    "See the log of this order, then retry.",
  ]);
});
