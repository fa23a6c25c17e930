import { expect, test } from "vitest";
import { afterEntry, isNews, numbersAsDetails, signsOf, type SiteNumbers, type WitnessedSite } from "./site-numbers.ts";

const ID = "7d0c1f6a-53a5-4c1c-9a35-2f1f0a4b6c01";
const OTHER = "11111111-53a5-4c1c-9a35-2f1f0a4b6c01";
const NUMBERS: SiteNumbers = { identity: ID, epoch: 1, serials: { packages: 12, advertisements: 30 } };
const DAY = 86_400_000;

/** What is known after entries of these kinds, a day apart. */
function after(...entries: [kind: string, numbers: SiteNumbers, more?: Record<string, string>][]): WitnessedSite | undefined {
  return entries.reduce<WitnessedSite | undefined>(
    (known, [kind, numbers, more = {}], day) =>
      afterEntry(known, { kind, at: day * DAY, details: { ...numbersAsDetails(numbers), ...more } }),
    undefined,
  );
}

test("a site that states what was seen, or more, shows no sign of a recovery", () => {
  expect(signsOf(NUMBERS, undefined)).toEqual([]);
  expect(signsOf(NUMBERS, after(["site-seen", NUMBERS]))).toEqual([]);
  expect(signsOf({ ...NUMBERS, serials: { packages: 13, advertisements: 30, more: 1 } }, after(["site-seen", NUMBERS]))).toEqual([]);
});

test.each<[string, SiteNumbers, RegExp]>([
  ["a new identity", { ...NUMBERS, identity: OTHER }, /its identity is 1111.*and was 7d0c.*installed again/],
  ["no identity any more", { epoch: 1, serials: NUMBERS.serials }, /states no identity, and was seen with 7d0c/],
  [
    "a serial below the one that was seen",
    { ...NUMBERS, serials: { packages: 11, advertisements: 30 } },
    /"packages" is 11, and 12 was seen/,
  ],
  ["a serial that is gone", { ...NUMBERS, serials: { packages: 12 } }, /no serial "advertisements" any more, and 30/],
])("%s is a sign of a recovery, reported with the time at which the other was seen", (_, stated, text) => {
  expect(signsOf(stated, after(["site-seen", NUMBERS]))).toEqual([expect.stringMatching(text)]);
  expect(signsOf(stated, after(["site-seen", NUMBERS]))[0]).toContain("(1970-01-01 00:00 UTC)");
});

test("an epoch below the one that was seen is a sign of a recovery, though the numbers are higher", () => {
  const known = after(["site-seen", { ...NUMBERS, epoch: 3 }]);
  expect(signsOf({ ...NUMBERS, serials: { packages: 99, advertisements: 99 } }, known)).toHaveLength(1);
});

test("raised numbers are recorded, unchanged ones are not", () => {
  const known = after(["site-seen", NUMBERS]);
  expect(isNews(NUMBERS, known)).toBe(false);
  expect(isNews({ ...NUMBERS, serials: { ...NUMBERS.serials, packages: 13 } }, known)).toBe(true);
  expect(isNews({ ...NUMBERS, epoch: 2 }, known)).toBe(true);
  expect(isNews({ epoch: 1, serials: {} }, undefined)).toBe(false);
});

test("the largest rise of a counter in a day is remembered", () => {
  const at = (packages: number): SiteNumbers => ({ ...NUMBERS, serials: { packages } });
  expect(after(["site-seen", at(10)], ["site-seen", at(50)], ["site-seen", at(55)])?.dailyRates).toEqual({ packages: 40 });
});

test("numbers that were raised are known as raised and count as seen, and undoing it restores what was known before", () => {
  const back: SiteNumbers = { ...NUMBERS, serials: { packages: 3, advertisements: 4 } };
  const to: SiteNumbers = { identity: ID, epoch: 2, serials: { packages: 1_012, advertisements: 1_030 } };
  const raised = after(["site-seen", NUMBERS], ["serials-raised", to, { before: JSON.stringify(back) }]);
  expect(signsOf(to, raised)).toEqual([]);
  expect(raised?.raised).toMatchObject({ from: back, to });
  expect(raised?.dailyRates).toEqual({});
  const undone = after(["site-seen", NUMBERS], ["serials-raised", to, { before: JSON.stringify(back) }], ["serials-undone", back]);
  expect(undone).toEqual(after(["site-seen", NUMBERS]));
  expect(signsOf(back, undone)).toHaveLength(2);
});

test("a site that was accepted as it is shows no sign any more, until it goes back again", () => {
  const back: SiteNumbers = { identity: OTHER, epoch: 1, serials: { packages: 3 } };
  const known = after(["site-seen", NUMBERS], ["site-accepted", back]);
  expect(signsOf(back, known)).toEqual([]);
  expect(signsOf({ ...back, serials: { packages: 2 } }, known)).toHaveLength(1);
});
