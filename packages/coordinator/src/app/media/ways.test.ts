import fc from "fast-check";
import { expect, test } from "vitest";
import { aHierarchy, anAddress, aPhase } from "../../../test-support/fakes.ts";
import type { Courier } from "../../domain/media/by-courier.ts";
import type { Phase } from "../../domain/runs/run.ts";
import type { Address, Hierarchy } from "../../domain/sites/hierarchy.ts";
import { createWays, type WayDeps, type Ways } from "./ways.ts";

const NOW = Date.UTC(2026, 10, 23, 12);
const courierOf = (takes: number, capacity?: number): Courier => ({ leaves: NOW, arrives: NOW + takes, capacity });

/** A unit of a system, which is one of the system's site. */
interface Want {
  site: string;
  unit: number;
  bytes: number;
}

/** One system in each site; a site without an address is on the coordinator's own network. */
function sitesOf(addresses: Address[], sites: string[]): Hierarchy {
  const [known] = aHierarchy().sites.values();
  return {
    sites: new Map(sites.map((code) => [code, { ...(known as NonNullable<typeof known>), code }])),
    systems: new Map(sites.map((site) => [`DP${site}`, { name: `DP${site}`, site, roles: ["dp"] }])),
    addresses: new Map(addresses.map((address) => [address.key, address])),
  };
}

function waysOf(wants: Want[], hierarchy: Hierarchy, courier: Courier, deps: Partial<WayDeps> = {}): Promise<Ways> {
  const ways = createWays({
    measured: { rates: () => new Map() },
    speeds: { slower: () => [] },
    fleet: { lastSeenHere: () => undefined },
    clock: () => NOW,
    ...deps,
  });
  const phases = wants.map(({ site, unit, bytes }, i): Phase => {
    const content = { sourceBytes: bytes, packedBytes: bytes, manifestBytes: 0, presentBytes: 0 };
    const { address: _, ...phase } = aPhase({
      id: `${i}`,
      system: `DP${site}`,
      site,
      manifest: `${unit}`,
      unit: { role: "dp", name: `ABC${unit}` },
      state: "waiting",
      ...content,
    });
    return hierarchy.addresses.has(site) ? { ...phase, address: site } : phase;
  });
  return ways(phases, hierarchy, courier);
}

const wayOf = ({ goes, parts }: Ways, wants: Want[]): string[] =>
  wants.map(({ unit }, i) => (goes[i] ? (parts.has(`${unit}`) ? "part" : "medium") : "line"));

test("a system on the coordinator's own network that was connected is reached without a limit, and leaves the room to one whose line is slow", async () => {
  const hierarchy = sitesOf([anAddress("SEC", { bandwidth: 64_000 })], ["ABC", "SEC"]);
  const wants = [
    { site: "ABC", unit: 1, bytes: 4_000_000 },
    { site: "SEC", unit: 2, bytes: 4_000_000 },
  ];
  const courier = courierOf(60_000, 4_000_000);
  const fleet = { lastSeenHere: () => NOW - 1000 };
  const { times, ...load } = await waysOf(wants, hierarchy, courier, { fleet });
  expect(wayOf({ times, ...load }, wants)).toEqual(["line", "medium"]);
  expect(times.get("0")?.lineAt).toBeLessThan(NOW + 1000);
});

test("a system without an address whose agent was not connected may be on a network without a line, and gets by the medium what no line brings", async () => {
  const hierarchy = sitesOf([], ["ABC"]);
  const wants = [{ site: "ABC", unit: 1, bytes: 4_000_000 }];
  const ways = await waysOf(wants, hierarchy, courierOf(60_000));
  expect([wayOf(ways, wants), ways.times.get("0")?.open]).toEqual([["medium"], "no-rate"]);
  const measured = await waysOf(wants, hierarchy, courierOf(60_000), { measured: { rates: () => new Map([["", 1e9]]) } });
  expect(wayOf(measured, wants)).toEqual(["line"]);
});

test("what two secondary sites want that share their parent's line takes the room of what that line brings once", async () => {
  const parent = anAddress("PAR", { bandwidth: 64_000 });
  const behind = ["ONE", "TWO"].map((key) => anAddress(key, { bandwidth: 10_000_000, via: "PAR" }));
  const hierarchy = sitesOf([parent, ...behind], ["PAR", "ONE", "TWO"]);
  const wants = [
    { site: "ONE", unit: 1, bytes: 4_000_000 },
    { site: "TWO", unit: 1, bytes: 4_000_000 },
    { site: "PAR", unit: 2, bytes: 4_000_000 },
  ];
  expect(wayOf(await waysOf(wants, hierarchy, courierOf(60_000, 4_000_000)), wants)).toEqual(["medium", "medium", "line"]);
});

const SITES = ["PAR", "ONE", "TWO", "FAR"];
/** kbit/s. */
const RATE = fc.integer({ min: 8, max: 10_000 });
const WANT = fc.record({ site: fc.constantFrom(...SITES), unit: fc.nat(4) });

test("for any units of sites behind a parent and a site apart: the capacity is kept, and the last of all lines ends no later than by the lines alone", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(WANT, { minLength: 1, maxLength: 8 }),
      fc.array(fc.integer({ min: 1000, max: 5_000_000 }), { minLength: 5, maxLength: 5 }),
      fc.tuple(RATE, RATE, RATE, RATE),
      fc.integer({ min: 0, max: 10_000_000 }),
      fc.integer({ min: 0, max: 10_000_000 }),
      async (given, sizes, rates, takes, capacity) => {
        const via = { ONE: "PAR", TWO: "PAR" } as Record<string, string>;
        const addresses = SITES.map((key, i) =>
          anAddress(key, { bandwidth: (rates[i] ?? 8) * 1000, ...(via[key] === undefined ? {} : { via: via[key] }) }),
        );
        const wants = [...new Map(given.map((one) => [`${one.site} ${one.unit}`, one])).values()].map((one) => ({
          ...one,
          bytes: sizes[one.unit] ?? 1000,
        }));
        const courier = courierOf(takes, capacity);
        const ways = await waysOf(wants, sitesOf(addresses, SITES), courier);
        const onIt = new Map(wants.flatMap(({ unit, bytes }, i) => (ways.goes[i] ? [[unit, ways.parts.get(`${unit}`) ?? bytes]] : [])));
        expect([...onIt.values()].reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(capacity);
        const last = (what: "lineAt" | "expectedAt") => Math.max(...wants.map((_, i) => ways.times.get(`${i}`)?.[what] ?? Infinity));
        // Units in progress share a line, so that one of them may be later where another one starts sooner, but not the last one.
        expect(last("expectedAt")).toBeLessThanOrEqual(last("lineAt") + 1000);
      },
    ),
    { numRuns: 300 },
  );
});
