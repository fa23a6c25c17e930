import fc from "fast-check";
import { expect, test } from "vitest";
import { attemptWithin, backoffDelay, GROWTH, LINK_BACKOFF, REFUSED_BACKOFF } from "./backoff.ts";

const attempts = fc.nat(100_000);
const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const bounds = fc.constantFrom(LINK_BACKOFF, REFUSED_BACKOFF);

test("a wait is never negative, and never beyond the cap or the limit of its attempt", () => {
  fc.assert(
    fc.property(attempts, bounds, randoms, (attempt, bound, random) => {
      const delay = backoffDelay(attempt, bound, random);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThan(Math.min(bound.cap, bound.base * GROWTH ** attempt));
    }),
  );
});

test("for the same random number a later attempt never waits less", () => {
  fc.assert(
    fc.property(attempts, bounds, randoms, (attempt, bound, random) => {
      expect(backoffDelay(attempt + 1, bound, random)).toBeGreaterThanOrEqual(backoffDelay(attempt, bound, random));
    }),
  );
});

test("a lost link is retried within 250 ms at first and within 30 s always, a refused one within 5 minutes", () => {
  expect(backoffDelay(0, LINK_BACKOFF, 0.5)).toBe(125);
  expect(backoffDelay(50, LINK_BACKOFF, 0.5)).toBe(15_000);
  expect(backoffDelay(0, REFUSED_BACKOFF, 0.5)).toBe(15_000);
  expect(backoffDelay(50, REFUSED_BACKOFF, 0.5)).toBe(150_000);
});

test("the last attempt within a time waits no longer than that, and the one after it does", () => {
  fc.assert(
    fc.property(fc.integer({ min: LINK_BACKOFF.base, max: LINK_BACKOFF.cap }), (ms) => {
      const attempt = attemptWithin(ms, LINK_BACKOFF);
      expect(LINK_BACKOFF.base * GROWTH ** attempt).toBeLessThanOrEqual(ms);
      expect(LINK_BACKOFF.base * GROWTH ** (attempt + 1)).toBeGreaterThan(ms);
    }),
  );
  expect(attemptWithin(0, LINK_BACKOFF)).toBe(0);
});
