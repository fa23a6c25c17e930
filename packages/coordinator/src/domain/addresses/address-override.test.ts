import fc from "fast-check";
import { expect, test } from "vitest";
import { parsePercent, scheduleText, textsOf, type RateLimit, type Window } from "@sitewright/protocol";
import { anAddress } from "../../../test-support/fakes.ts";
import { overlay, overlayAll, patchOverride, type AddressPatch } from "./address-override.ts";
import { budgetAt, windowAt } from "./address-schedule.ts";
import type { Hierarchy } from "../sites/hierarchy.ts";

/** A Monday, 10 in the morning. */
const MONDAY = Date.UTC(2026, 0, 5, 10);
const file = anAddress("SEC", {
  bandwidth: 2_000_000,
  rateLimit: Array.from({ length: 24 }, (_, hour) => (hour >= 8 && hour < 18 ? { share: 0.25 } : undefined)),
});

test("an operator's settings override the file; what is not set stays the file's, and its shares follow the new bandwidth", () => {
  const faster = overlay(file, { bandwidth: "8 Mbit/s" });
  expect([budgetAt(faster, MONDAY), windowAt(faster, MONDAY)]).toEqual([2_000_000, "all"]);
  const limited = overlay(file, { rateLimit: { "10-11": "64 kbit/s" }, schedule: { "Mon 10-12": "high" } });
  expect([budgetAt(limited, MONDAY), windowAt(limited, MONDAY)]).toEqual([64_000, "high"]);
  expect(budgetAt(overlay(file, { rateLimit: {} }), MONDAY)).toBe(2_000_000);
  expect(windowAt(overlay(file, { paused: true }), MONDAY)).toBe("closed");
  expect(overlay(file, undefined)).toBe(file);
});

test("a share of a bandwidth that the file no longer states limits nothing", () => {
  expect(budgetAt(overlay(anAddress("SEC"), { rateLimit: { "00-24": "25%" } }), MONDAY)).toBeUndefined();
});

test("the lines of single systems have overrides too, and without overrides the hierarchy is the file's own", () => {
  const hierarchy: Hierarchy = {
    sites: new Map(),
    systems: new Map([["DPSEC", { name: "DPSEC", site: "SEC", roles: ["dp"], address: anAddress("DPSEC") }]]),
    addresses: new Map([["SEC", file]]),
  };
  const laid = overlayAll(hierarchy, new Map([["DPSEC", { paused: true as const }]]));
  expect(laid.systems.get("DPSEC")?.address?.paused).toBe(true);
  expect(laid.addresses.get("SEC")).toBe(file);
  expect(overlayAll(hierarchy, new Map())).toBe(hierarchy);
});

test("a change keeps fields that it does not name, resets those that are null, and leaves no override when all are the file's", () => {
  const set = patchOverride(file, undefined, { bandwidth: "1 Mbit/s", schedule: { "Sat,Sun 00-24": "closed" } });
  expect(set).toEqual({ bandwidth: "1 Mbit/s", schedule: { "Sat,Sun 00-24": "closed" } });
  const paused = patchOverride(file, set, { bandwidth: null, paused: true });
  expect(paused).toEqual({ schedule: { "Sat,Sun 00-24": "closed" }, paused: true });
  expect(patchOverride(file, paused, { schedule: null, paused: false })).toBeUndefined();
});

test.each<[string, AddressPatch, RegExp]>([
  ["no rate", { bandwidth: "fast" }, /SEC stays as it was: bandwidth "fast" is not a rate: write "2 Mbit\/s"/],
  ["hours that are not hours", { rateLimit: { "8-25": "25%" } }, /rateLimit hours "8-25" are not understood: write "08-18"$/],
  ["a rate without a unit", { rateLimit: { "08-18": "25" } }, /rateLimit "25" needs a unit: write "25%" or "512 kbit\/s"$/],
  ["an unknown window", { schedule: { "Mon 08-18": "open" } }, /Mon 08-18 "open" is not known: write all or medium or high or closed$/],
  ["two faults", { bandwidth: "0", schedule: { Monday: "high" } }, /bandwidth "0" .*; schedule hours "Monday" are not understood/],
  [
    "hours claimed twice",
    { schedule: { "Mon-Fri 08-18": "high", "Fri 12-13": "closed" } },
    /schedule "Fri 12-13" contradicts "Mon-Fri 08-18": name each hour once$/,
  ],
])("%s is refused with a message that names the fault", (_, patch, words) => {
  expect(() => patchOverride(file, undefined, patch)).toThrow(words);
});

test("a share needs a bandwidth, of the file or of the override", () => {
  const bare = anAddress("SEC");
  expect(() => patchOverride(bare, undefined, { rateLimit: { "08-18": "25%" } })).toThrow(/is a share, but no bandwidth is stated/);
  expect(patchOverride(bare, undefined, { bandwidth: "1 Mbit/s", rateLimit: { "08-18": "25%" } })).toBeDefined();
  expect(() => patchOverride(bare, { bandwidth: "1 Mbit/s", rateLimit: { "08-18": "25%" } }, { bandwidth: null })).toThrow(
    /is a share, but no bandwidth/,
  );
});

test("a schedule is formatted as administrators write it", () => {
  const hours = (of: (hour: number, day: number) => Window) => Array.from({ length: 168 }, (_, at) => of(at % 24, Math.floor(at / 24)));
  expect(scheduleText(hours((hour, day) => (day < 5 && hour >= 8 && hour < 18 ? "high" : "all")))).toEqual({ "Mon-Fri 08-18": "high" });
  expect(scheduleText(hours((hour) => (hour >= 22 || hour < 6 ? "closed" : "all")))).toEqual({ "Mon-Sun 22-06": "closed" });
  expect(scheduleText(hours((_, day) => (day >= 5 ? "closed" : "all")))).toEqual({ "Sat,Sun 00-24": "closed" });
  expect(scheduleText(hours(() => "closed"))).toEqual({ "Mon-Sun 00-24": "closed" });
});

test("formatting an address and parsing it again yields the same address", () => {
  const limit = fc.oneof(
    fc.constant(undefined),
    fc.integer({ min: 1000, max: 2_000_000_000 }),
    fc.integer({ min: 1, max: 1000 }).map((thousandths) => ({ share: parsePercent(`${thousandths / 10}%`) ?? 1 })),
  );
  const windows = fc.constantFrom<Window>("all", "medium", "high", "closed");
  /** Like those that people make: long stretches. */
  const stretches = <Value>(value: fc.Arbitrary<Value>, length: number) =>
    fc
      .array(fc.tuple(value, fc.integer({ min: 1, max: length })), { minLength: 1, maxLength: 9 })
      .map((runs) => runs.flatMap(([one, times]) => Array.from({ length: times }, () => one)))
      .map((all) => Array.from({ length }, (_, i) => all[i % all.length] as Value));
  fc.assert(
    fc.property(
      fc.integer({ min: 1000, max: 2_000_000_000 }),
      fc.oneof(stretches<RateLimit | undefined>(limit, 24), fc.array(limit, { minLength: 24, maxLength: 24 })),
      fc.oneof(stretches(windows, 168), fc.array(windows, { minLength: 168, maxLength: 168 })),
      (bandwidth, rateLimit, schedule) => {
        const address = anAddress("SEC", { bandwidth, rateLimit, schedule });
        expect(overlay(anAddress("SEC"), textsOf(address))).toEqual(address);
      },
    ),
    { numRuns: 500 },
  );
});
