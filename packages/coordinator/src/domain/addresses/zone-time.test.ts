import fc from "fast-check";
import { expect, test } from "vitest";
import { isZoneTime, zoneTime } from "./zone-time.ts";

test.each(["2026-11-23T08:00", "2028-02-29T23:59"])("%s is a time", (text) => expect(isZoneTime(text)).toBe(true));
test.each(["2026-11-23", "2026-13-01T08:00", "2026-02-30T08:00", "2026-11-23T24:00", "2026-11-23T08:00Z", "soon"])("%s is none", (text) =>
  expect(isZoneTime(text)).toBe(false),
);

test("a time is the local time of the zone, all through the year", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("UTC", "America/Chicago", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"),
      fc.integer({ min: Date.UTC(2025, 0, 1) / 60_000, max: Date.UTC(2027, 0, 1) / 60_000 }),
      (timeZone, minute) => {
        const shown = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(minute * 60_000);
        const found = zoneTime(shown.replace(" ", "T"), timeZone);
        // A repeated hour has two moments.
        expect((minute * 60_000 - found) / 60_000).toBeOneOf([0, 30, 60]);
        expect(new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(found)).toBe(shown);
      },
    ),
  );
});

test("in the hour that is skipped in spring, a time is as long after midnight as it says", () => {
  expect(zoneTime("2026-03-08T02:30", "America/Chicago")).toBe(Date.UTC(2026, 2, 8, 8, 30));
});
