import fc from "fast-check";
import { expect, test } from "vitest";
import { NUMBER_SPACE, propose, type CounterFacts } from "./proposal.ts";

const FACTS: CounterFacts = { counter: "packages", stated: 40, testimonies: [], setAside: new Set() };
const seen = (...numbers: number[]) => numbers.map((number, i) => ({ witness: `W${i}`, number }));

test("a counter continues twenty above the highest number that any neighbour has seen", () => {
  const { number, reasons } = propose({ ...FACTS, testimonies: seen(58, 63, 12) });
  expect(number).toBe(83);
  expect(reasons).toEqual([expect.stringContaining("W1 has seen 63")]);
});

test("if the last number is recorded, a thousand for each day without contact is left free", () => {
  expect(propose({ ...FACTS, lastKnown: { number: 55, daysDown: 2.1 } }).number).toBe(3_055);
});

test("a site that issued more than that in a day gets three times its busiest day", () => {
  expect(propose({ ...FACTS, lastKnown: { number: 55, daysDown: 2 }, dailyRate: 900 }).number).toBe(55 + 2 * 2_700);
});

test("without a witness and without a record a counter stays as it is, with that reason", () => {
  expect(propose(FACTS)).toMatchObject({ number: 40, reasons: [expect.stringContaining("no witness has seen")] });
});

test("a witness far above all others is named and ignored", () => {
  const found = propose({ ...FACTS, testimonies: seen(60, 58, 900_000) });
  expect(found).toMatchObject({ number: 80, implausible: [{ witness: "W2", number: 900_000 }] });
  expect(propose({ ...FACTS, testimonies: seen(60, 58, 900_000), setAside: new Set(["W2"]) })).toMatchObject({
    number: 80,
    implausible: [],
    seen: seen(60, 58, 900_000),
  });
});

test.each([NUMBER_SPACE, -1, 2.5])("the number %d is not a number of a counter, whichever witness states it", (number) => {
  expect(propose({ ...FACTS, testimonies: [{ witness: "W", number }] }).implausible).toHaveLength(1);
});

const facts = fc.record({
  counter: fc.constant("packages"),
  stated: fc.nat(5_000),
  testimonies: fc.array(fc.record({ witness: fc.stringMatching(/^[A-Z]{3}$/), number: fc.nat(20_000) }), { maxLength: 5 }),
  lastKnown: fc.record({ number: fc.nat(5_000), daysDown: fc.double({ min: 0, max: 400, noNaN: true }) }),
  dailyRate: fc.nat(3_000),
  setAside: fc.constant(new Set<string>()),
});

test("neither a further trusted witness nor more days without contact lower a proposed number", () => {
  fc.assert(
    fc.property(facts, fc.nat(20_000), fc.nat(300), (before, number, days) => {
      const more = propose({ ...before, testimonies: [...before.testimonies, { witness: "further", number }] });
      const isBelieved = more.implausible.length === 0 && propose(before).implausible.length === 0;
      expect(!isBelieved || more.number >= propose(before).number).toBe(true);
      const { lastKnown } = before;
      const later = propose({ ...before, lastKnown: { ...lastKnown, daysDown: lastKnown.daysDown + days } });
      expect(later.number).toBeGreaterThanOrEqual(propose(before).number);
    }),
    { seed: 3, numRuns: 2_000 },
  );
});

test("no proposal is below what is stated or below what a trusted witness has seen", () => {
  fc.assert(
    fc.property(facts, (of) => {
      const { number, implausible } = propose(of);
      expect(number).toBeGreaterThanOrEqual(of.stated);
      const believed = of.testimonies.filter((one) => !implausible.includes(one));
      expect(believed.filter((one) => number <= one.number)).toEqual([]);
    }),
    { seed: 4, numRuns: 2_000 },
  );
});
