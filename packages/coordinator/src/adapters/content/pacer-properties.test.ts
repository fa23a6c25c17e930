import fc from "fast-check";
import { expect, test } from "vitest";
import { anAddress } from "../../../test-support/fakes.ts";
import { drain, pacerAt, type PacerInTime } from "../../../test-support/pacer-fixture.ts";

/** From 64 kbit/s to 1 Gbit/s. */
const budgets = fc.integer({ min: 0, max: 420 }).map((step) => Math.round(64_000 * 10 ** (step / 100)));
const systems = fc.constantFrom("SRV2", "SRV3", "SRV4", "SRV5");
/** A stream: its system, its chunk size, its start (ms). */
const streams = fc.array(
  fc.record({ system: systems, most: fc.integer({ min: 1000, max: 200_000 }), from: fc.integer({ min: 0, max: 1500 }) }),
  { minLength: 1, maxLength: 8 },
);

/** IP bytes in the second with the most traffic. */
function mostInASecond(crossed: PacerInTime["crossed"]): number {
  let [oldest, inWindow, most] = [0, 0, 0];
  for (const { at, bytes } of crossed) {
    inWindow += bytes;
    while ((crossed[oldest]?.at ?? at) <= at - 1000) inWindow -= crossed[oldest++]?.bytes ?? 0;
    most = Math.max(most, inWindow);
  }
  return most;
}

/** 1 when all are equal. */
function jain(values: readonly number[]): number {
  const sum = values.reduce((a, b) => a + b, 0);
  return sum ** 2 / (values.length * values.reduce((a, b) => a + b * b, 0));
}

test("no second carries more than the budget and 3 % or two packets, for any arrival of streams", async () => {
  await fc.assert(
    fc.asyncProperty(budgets, streams, async (bandwidth, all) => {
      const at = pacerAt(() => [anAddress("SEC", { bandwidth })]);
      const flows = [];
      let passed = 0;
      for (const { system, most, from } of all.toSorted((a, b) => a.from - b.from)) {
        await at.pass(from - passed);
        passed = from;
        flows.push(drain(at.pacer, system, "low", most));
      }
      await at.pass(1200);
      for (const flow of flows) flow.stop();
      // The clock of a pacer has whole ms: events of the same ms may be one ms apart.
      const allowed = (bandwidth / 8) * 1.001 + Math.max((bandwidth / 8) * 0.03, 3000);
      expect(mostInASecond(at.crossed)).toBeLessThanOrEqual(allowed);
    }),
    { numRuns: 15 },
  );
});

test("a line with work is used to 98 % at any budget, however many streams share it", async () => {
  await fc.assert(
    fc.asyncProperty(budgets, fc.array(systems, { minLength: 1, maxLength: 8 }), async (bandwidth, all) => {
      const at = pacerAt(() => [anAddress("SEC", { bandwidth })]);
      const flows = all.map((system) => drain(at.pacer, system));
      await at.pass(2000);
      const used = at.crossed.reduce((sum, { bytes }) => sum + bytes, 0);
      for (const flow of flows) flow.stop();
      expect(used).toBeGreaterThan((bandwidth / 8) * 2 * 0.98 - 1500);
    }),
    { numRuns: 10 },
  );
});

test("systems get equal shares however many streams each has, and so do the priorities of one system", async () => {
  const counts = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 2, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2_000_000, max: 20_000_000 }), counts, async (bandwidth, all) => {
      const at = pacerAt(() => [anAddress("SEC", { bandwidth })]);
      const flows = all.map((count, i) =>
        Array.from({ length: count }, (_, stream) => drain(at.pacer, `SRV${i + 2}`, stream === 0 ? "high" : "low")),
      );
      await at.pass(2000);
      for (const flow of flows.flat()) flow.stop();
      const taken = (some: (typeof flows)[number]): number => some.reduce((sum, flow) => sum + flow.taken, 0);
      expect(jain(flows.map(taken))).toBeGreaterThan(0.99);
      const within = flows.flatMap(([first, ...others]) => (first && others.length > 0 ? [jain([first.taken, taken(others)])] : []));
      expect(Math.min(1, ...within)).toBeGreaterThan(0.98);
    }),
    { numRuns: 15 },
  );
});

test("what one system does not use is available to the others within a second, and it gets its share back as quickly", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 256_000, max: 50_000_000 }), fc.integer({ min: 1, max: 3 }), async (bandwidth, others) => {
      const at = pacerAt(() => [anAddress("SEC", { bandwidth })]);
      const rest = Array.from({ length: others }, (_, i) => drain(at.pacer, `SRV${i + 3}`));
      const first = drain(at.pacer, "SRV2");
      const inOneSecond = async (): Promise<number> => {
        const before = rest.reduce((sum, { taken }) => sum + taken, 0);
        await at.pass(1000);
        return rest.reduce((sum, { taken }) => sum + taken, 0) - before;
      };
      await at.pass(1000);
      first.stop();
      const full = bandwidth / 8;
      expect(await inOneSecond()).toBeGreaterThan(full * 0.93 - 2800);
      const again = drain(at.pacer, "SRV2");
      const share = (full * others) / (others + 1);
      const left = await inOneSecond();
      expect(left).toBeLessThan(share * 1.05 + 4500);
      expect(left).toBeGreaterThan(share * 0.8 - 4500);
      for (const flow of [again, ...rest]) flow.stop();
    }),
    { numRuns: 15 },
  );
});
