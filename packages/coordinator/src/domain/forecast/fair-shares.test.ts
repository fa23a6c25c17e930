import fc from "fast-check";
import { expect, test } from "vitest";
import { fairShares, type Flow } from "./simulate.ts";

const LINES = ["a", "b", "c", "d"];
const flows = fc.array(fc.record({ lines: fc.subarray(LINES), count: fc.integer({ min: 0, max: 3 }) }), { maxLength: 6 });
const capacity = fc.dictionary(fc.constantFrom(...LINES), fc.integer({ min: 1, max: 1000 })).map((all) => new Map(Object.entries(all)));

test("no line carries more than its capacity, and every limited transfer crosses a full line on which no other has more", () => {
  fc.assert(
    fc.property(flows, capacity, (given: Flow[], lines) => {
      const rates = fairShares(given, lines);
      const on = (line: string) =>
        given.flatMap((flow, i) => (flow.count > 0 && flow.lines.includes(line) ? [{ flow, rate: rates[i] ?? 0 }] : []));
      const used = (line: string) => on(line).reduce((sum, { flow, rate }) => sum + flow.count * rate, 0);
      for (const [line, most] of lines) expect(on(line).length === 0 ? 0 : used(line)).toBeLessThanOrEqual(most * 1.000001);
      const unfair = given.filter((flow, i) => {
        const limits = flow.lines.filter((line) => lines.has(line));
        if (flow.count === 0) return false;
        if (limits.length === 0) return rates[i] !== Infinity;
        return !limits.some((line) => {
          const full = used(line) >= (lines.get(line) ?? 0) * 0.999999;
          return full && on(line).every(({ rate }) => rate <= (rates[i] ?? 0) * 1.000001);
        });
      });
      expect(unfair).toEqual([]);
    }),
  );
});
