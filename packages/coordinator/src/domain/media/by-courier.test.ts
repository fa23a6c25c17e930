import { expect, test } from "vitest";
import fc from "fast-check";
import { byMedium, type Load, type Parcel } from "./by-courier.ts";

const COURIER = { leaves: 0, arrives: 1_000_000 };
let systems = 0;
/** For a system of its own, behind one line. @param lineAt In thousands. */
const parcel = (
  manifest: string,
  lineAt: number | undefined,
  bytes = 10,
  { line = "SEC", ...more }: Partial<Parcel> & { line?: string } = {},
): Parcel => ({
  manifest,
  bytes,
  listBytes: 0,
  lineAt: lineAt === undefined ? undefined : lineAt * 1000,
  wireBytes: bytes,
  group: `system ${++systems}`,
  lines: lineAt === undefined ? [] : [{ line, at: lineAt * 1000 }],
  ...more,
});

test.each<[what: string, parcels: Parcel[], capacity: number | undefined, chosen: boolean[]]>([
  ["what the line brings no later goes by the line", [parcel("a", 1000), parcel("b", 1001)], undefined, [false, true]],
  ["what no line brings goes by the medium", [parcel("a", undefined)], undefined, [true]],
  [
    "what does not fit goes by the line, and what the line would bring last fits first",
    [parcel("a", 2000), parcel("b", 3000)],
    10,
    [false, true],
  ],
  ["a unit counts once for all systems", [parcel("a", 2000), parcel("a", 2000), parcel("b", 1500)], 20, [true, true, true]],
  [
    "a system whose line is fast gets by the line what others get by the medium",
    [parcel("a", 2000), parcel("a", 500, 10, { line: "FAST" })],
    undefined,
    [true, false],
  ],
  [
    "a large unit that no line brings leaves its room to smaller ones",
    [parcel("a", undefined, 100), parcel("b", 2000, 10)],
    50,
    [false, true],
  ],
  [
    "a unit that no line brings to one system is not cut for it, and for another with a line it is",
    [parcel("a", undefined, 100), parcel("a", 3000, 100)],
    50,
    [false, true],
  ],
  [
    "neighbours get a unit in the same way: the line has brought it when the last of them has its part",
    [parcel("a", 900, 10, { group: "SEC" }), parcel("a", 1100, 10, { group: "SEC" })],
    undefined,
    [true, true],
  ],
])("%s", (_, parcels, capacity, chosen) => {
  expect(byMedium(parcels, { ...COURIER, capacity }, 0).goes).toEqual(chosen);
});

test("what room is left takes a part of the unit that the line would bring last, beside its list; the line brings the rest", () => {
  const large = parcel("a", 3000, 100, { listBytes: 5 });
  const small = parcel("b", 2000, 10);
  expect(byMedium([large], { ...COURIER, capacity: 50 }, 0)).toEqual({ goes: [true], parts: new Map([["a", 45]]) });
  // For too little its list is not worth it.
  expect(byMedium([large, small], { ...COURIER, capacity: 9 }, 0).parts).toEqual(new Map([["b", 9]]));
});

test("a smaller unit that fits goes whole, and of the larger one that the line would bring last what room it leaves", () => {
  const parcels = [parcel("small", 2000, 30), parcel("large", 10_000, 100)];
  expect(byMedium(parcels, { ...COURIER, capacity: 50 }, 0)).toEqual({ goes: [true, true], parts: new Map([["large", 20]]) });
});

test("two slow lines are relieved alike where the capacity is for one of them, so that the last of them ends earlier", () => {
  const parcels = [parcel("a", 10_000, 100, { line: "ONE" }), parcel("b", 10_000, 100, { line: "TWO" })];
  const { goes, parts } = byMedium(parcels, { ...COURIER, capacity: 100 }, 0);
  expect(goes).toEqual([true, true]);
  expect([...parts.values()].map((bytes) => bytes >= 45 && bytes <= 55)).toEqual([true, true]);
});

test("a chunk that neighbours want crosses the line once, so a line with several systems is relieved by as much as it carries", () => {
  // Three neighbours share a line of 10,000 s for one unit; three others have one such line each, with their own peers switched off.
  const shared = [1, 2, 3].map(() => parcel("a", 10_000, 100, { group: "SITE", line: "SITE" }));
  const apart = [1, 2, 3].map(() => parcel("b", 10_000, 100, { line: "APART" }));
  const { parts } = byMedium([...shared, ...apart], { ...COURIER, capacity: 100 }, 0);
  // As much of either unit takes as much time off either line: three copies cross the one in that time, one the other.
  expect([...parts.values()].map((bytes) => bytes >= 45 && bytes <= 55)).toEqual([true, true]);
});

/** Lines by which a site behind another one gets its units, and when each of them alone would bring one. In thousands. */
const lines = (at: Record<string, number>): Partial<Parcel> => ({
  lines: Object.entries(at).map(([line, ms]) => ({ line, at: ms * 1000 })),
});

test("a line that leads to another site is relieved of that site's units too, so a small one of these goes whole", () => {
  const behind = parcel("behind", 3000, 30, lines({ SEC: 1100, PARENT: 3000 }));
  const own = parcel("own", 13_000, 100, lines({ PARENT: 13_000 }));
  expect(byMedium([behind, own], { ...COURIER, capacity: 50 }, 0)).toEqual({ goes: [true, true], parts: new Map([["own", 20]]) });
});

test("what several sites behind one line want crosses that line for each of them, and relieves it most for its room on the medium", () => {
  const shared = [1, 2, 3].map((i) => parcel("shared", 40_000, 100, lines({ [`SEC${i}`]: 1500, PARENT: i * 10_000 })));
  const own = parcel("own", 40_000, 100, lines({ PARENT: 40_000 }));
  expect(byMedium([...shared, own], { ...COURIER, capacity: 100 }, 0)).toEqual({ goes: [true, true, true, false], parts: new Map() });
});

test("a line that is slower than the one that leads to it is relieved by itself", () => {
  const slow = parcel("slow", 30_000, 100, lines({ SLOW: 30_000, PARENT: 10 }));
  const fast = parcel("fast", 3000, 100, lines({ FAST: 3000, PARENT: 20 }));
  expect(byMedium([slow, fast], { ...COURIER, capacity: 50 }, 0)).toEqual({ goes: [true, false], parts: new Map([["slow", 50]]) });
});

interface Want {
  unit: number;
  site: number;
  copies: number;
  isShared: boolean;
}

const UNITS = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 10_000 }), listBytes: fc.integer({ min: 0, max: 50 }) }), {
  minLength: 1,
  maxLength: 6,
});
const WANTS = fc.array(fc.record({ unit: fc.nat(5), site: fc.nat(2), copies: fc.integer({ min: 1, max: 3 }), isShared: fc.boolean() }), {
  minLength: 1,
  maxLength: 10,
});
/** Bytes per second of each site's line; 0: there is none. */
const RATES = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20));

interface OnLine {
  key: string;
  site: number;
  unit: number;
  bytes: number;
}

/** What crosses each line in turn, with neighbours once. */
function crossed(wants: readonly Want[], units: readonly { bytes: number }[]): OnLine[] {
  const all = wants.flatMap(({ unit: given, site, copies, isShared }, i) => {
    const unit = given % units.length;
    return Array.from({ length: isShared ? 1 : copies }, (_, copy) => {
      return { key: isShared ? `site ${site} ${unit}` : `own ${i} ${copy}`, site, unit, bytes: units[unit]?.bytes ?? 0 };
    });
  });
  return [...new Map(all.map((one) => [one.key, one])).values()];
}

/** When each is there, ms, if of each a share has to cross its line, one after another. */
function ends(all: readonly OnLine[], rates: readonly number[], shareOf: (one: OnLine) => number): Map<string, number> {
  const at = rates.map(() => 0);
  return new Map(
    all.map((one) => {
      const rate = rates[one.site] ?? 0;
      const share = shareOf(one);
      at[one.site] = (at[one.site] ?? 0) + (share === 0 ? 0 : (one.bytes * share * 1000) / rate);
      return [one.key, at[one.site] ?? 0];
    }),
  );
}

test("for any units, sites and lines: the capacity is kept, every unit comes whole, and none later than by the line alone or all by the medium", () => {
  fc.assert(
    fc.property(UNITS, WANTS, RATES, fc.nat(1_000_000), fc.nat(30_000), (units, wants, rates, arrives, capacity) => {
      const all = crossed(wants, units);
      const alone = ends(all, rates, () => 1);
      const parcels = all.map(({ key, site, unit }): Parcel => {
        const lineAt = alone.get(key) ?? Infinity;
        const { bytes, listBytes } = units[unit] as (typeof units)[number];
        return {
          manifest: `${unit}`,
          bytes,
          listBytes,
          group: key,
          lines: Number.isFinite(lineAt) ? [{ line: `${site}`, at: lineAt }] : [],
          wireBytes: bytes,
          lineAt: Number.isFinite(lineAt) ? lineAt : undefined,
        };
      });
      const { goes, parts }: Load = byMedium(parcels, { leaves: 0, arrives, capacity }, 0);
      const onIt = new Set(parcels.flatMap(({ manifest }, i) => (goes[i] ? [manifest] : [])));
      const space = [...onIt].reduce((sum, manifest) => {
        const { bytes, listBytes } = units[Number(manifest)] as (typeof units)[number];
        return sum + listBytes + (parts.get(manifest) ?? bytes);
      }, 0);
      expect(space).toBeLessThanOrEqual(capacity);
      expect([...parts.keys()].filter((manifest) => !onIt.has(manifest))).toEqual([]);
      const byKey = new Map(all.map(({ key }, i) => [key, i]));
      const mixed = ends(all, rates, ({ key, unit, bytes }) => {
        if (!goes[byKey.get(key) ?? 0]) return 1;
        return 1 - (parts.get(`${unit}`) ?? bytes) / bytes;
      });
      const late = parcels.filter(({ lineAt = Infinity }) => lineAt > arrives);
      const wholeSpace = [...new Map(late.map((one) => [one.manifest, one])).values()].reduce(
        (sum, { bytes, listBytes }) => sum + bytes + listBytes,
        0,
      );
      const faults = all.flatMap(({ key, unit }, i) => {
        const line = alone.get(key) ?? Infinity;
        const end = goes[i] ? Math.max(arrives, mixed.get(key) ?? 0) : (mixed.get(key) ?? 0);
        const never = !Number.isFinite(line);
        return [
          !never && end > line + 0.01 ? `${key} is there at ${end}, and by the line alone at ${line}` : "",
          never && goes[i] && parts.has(`${unit}`) ? `${key} is cut, and no line brings the rest` : "",
          wholeSpace <= capacity && end > arrives ? `${key} is there at ${end}, and would be with the courier` : "",
        ].filter((fault) => fault !== "");
      });
      expect(faults).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});
