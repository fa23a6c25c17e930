import fc from "fast-check";
import { expect, test } from "vitest";
import type { Priority, Window } from "@sitewright/protocol";
import { anAddress } from "../../../test-support/fakes.ts";
import { admits, budgetAt, windowAt } from "../addresses/address-schedule.ts";
import type { Address } from "../sites/hierarchy.ts";
import type { Job, LaneWork } from "./lane.ts";
import { simulate, type Simulated, type SimulationInput } from "./simulate.ts";

const QUARTER = 15 * 60_000;
/** Monday noon by UTC. */
const NOW = Date.UTC(2026, 10, 23, 12);

const aJob = (id: string, bits: number, overrides: Partial<Job> = {}): Job => ({
  id,
  system: "S1",
  site: "SEC",
  first: false,
  priority: "medium",
  bits,
  underWay: false,
  ...overrides,
});
const aLane = (path: Address[], jobs: Job[], overrides: Partial<LaneWork> = {}): LaneWork => ({
  key: path[0]?.key ?? "own",
  path,
  concurrency: 3,
  jobs,
  ...overrides,
});

function play(lanes: LaneWork[], overrides: Partial<SimulationInput> = {}): Simulated {
  const steps = simulate({ now: NOW, lanes, perSystem: 2, fixedMs: 0, measured: new Map(), ...overrides });
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

const lastOf = ({ ends }: Simulated): number => Math.max(...ends.values());

test("on a steady line the last byte arrives when the budget has paid for all", () => {
  const { ends } = play([aLane([anAddress("SEC", { bandwidth: 1_000_000 })], [aJob("a", 4e6), aJob("b", 2e6), aJob("c", 2e6)])]);
  // Two at a time on one system: both get a half, then the third replaces the smaller one.
  expect([...ends]).toEqual([
    ["b", NOW + 4000],
    ["a", NOW + 8000],
    ["c", NOW + 8000],
  ]);
});

test("a path is as fast as its slowest line, a shared line is shared, and lines without a limit limit nothing", () => {
  const shared = anAddress("POR", { bandwidth: 1_000_000 });
  const behind = anAddress("SEC", { bandwidth: 250_000, via: "POR" });
  const { ends } = play([aLane([behind, shared], [aJob("a", 1e6)]), aLane([shared], [aJob("b", 3e6, { system: "S2" })])]);
  expect(ends).toEqual(
    new Map([
      ["a", NOW + 4000],
      ["b", NOW + 4000],
    ]),
  );
  expect(lastOf(play([aLane([anAddress("X"), behind], [aJob("a", 1e6)])]))).toBe(NOW + 4000);
});

test("packages leave the line to CAP and logon point of their site, and each job has a delay before its first byte", () => {
  const jobs = [
    aJob("cap", 1e6, { first: true, priority: "high" }),
    aJob("own", 1e6, { system: "S2" }),
    aJob("other", 5e5, { system: "S3", site: "POR" }),
  ];
  const { ends } = play([aLane([anAddress("SEC", { bandwidth: 1_000_000 })], jobs)], { fixedMs: 100 });
  expect([...ends]).toEqual([
    ["other", NOW + 1100],
    ["cap", NOW + 1600],
    ["own", NOW + 2700],
  ]);
});

test("work that no window admits waits for the one that opens, which is reported; work that never may cross is reported too", () => {
  const night = Array.from({ length: 168 }, (_, hour): Window => (hour % 24 < 20 ? "high" : "all"));
  const address = anAddress("SEC", { bandwidth: 1_000_000, schedule: night, timeZone: "America/Chicago" });
  const waited = play([aLane([address], [aJob("a", 1e6)])]);
  expect(lastOf(waited)).toBe(Date.UTC(2026, 10, 24, 2) + 1000);
  expect(waited.waits.get("SEC")).toEqual({ address: "SEC", timeZone: "America/Chicago", opensAt: Date.UTC(2026, 10, 24, 2) });
  const never = { ...address, schedule: night.map((): Window => "high") };
  const stuck = play([aLane([never], [aJob("a", 1e6), aJob("b", 1e6, { priority: "high" })])]);
  expect([...stuck.ends]).toEqual([["b", NOW + 1000]]);
  expect([...stuck.noEnd]).toEqual([["SEC", "never-opens"]]);
  const far = play([aLane([address], [aJob("a", 1e14)])]);
  expect([...far.noEnd]).toEqual([["SEC", "too-long"]]);
  expect([...play([aLane([{ ...never, paused: true }], [aJob("a", 1)])]).noEnd]).toEqual([["SEC", "address-paused"]]);
});

test("without a known rate there is no forecast, until one was measured; a rate slower than stated is used", () => {
  const lanes = [aLane([anAddress("SEC")], [aJob("a", 1e6)]), aLane([], [aJob("b", 1e6, { system: "S2" })])];
  expect([...play(lanes).noEnd]).toEqual([
    ["SEC", "no-rate"],
    ["own", "no-rate"],
  ]);
  const measured = new Map([
    ["SEC", 500_000],
    ["", 1_000_000],
  ]);
  expect([...play(lanes, { measured }).ends]).toEqual([
    ["a", NOW + 2000],
    ["b", NOW + 1000],
  ]);
  expect(lastOf(play([aLane([anAddress("SEC", { bandwidth: 1e6 })], [aJob("a", 1e6)])], { measured }))).toBe(NOW + 2000);
});

test("work that comes to an hour in which no rate is stated has no end, unless one was measured", () => {
  // Limited from 08 to 18 only: by noon, six hours of the limit are left.
  const rateLimit = Array.from({ length: 24 }, (_, hour) => (hour >= 8 && hour < 18 ? 1_000_000 : undefined));
  const lanes = [aLane([anAddress("SEC", { rateLimit })], [aJob("a", 1e6), aJob("b", 1e12)], { concurrency: 1 })];
  const unknown = play(lanes);
  expect([...unknown.ends]).toEqual([["a", NOW + 1000]]);
  expect([...unknown.noEnd]).toEqual([["SEC", "no-rate"]]);
  expect([...play(lanes, { now: NOW + 12 * 3_600_000 }).noEnd]).toEqual([["SEC", "no-rate"]]);
  const { ends, noEnd } = play(lanes, { measured: new Map([["SEC", 100_000_000]]) });
  expect([...noEnd]).toEqual([]);
  expect(ends.get("b")).toBe(NOW + 6 * 3_600_000 + (1e12 - (6 * 3_600_000 - 1000) * 1000) / 100_000);
});

test("what has nothing to send ends also where no rate is known", () => {
  expect([...play([aLane([], [aJob("a", 0), aJob("b", 0)])]).ends.keys()]).toEqual(["a", "b"]);
});

const zones = fc.constantFrom("UTC", "America/Chicago", "Asia/Kathmandu", "Australia/Lord_Howe");
const hours = fc.array(fc.constantFrom<Window>("all", "medium", "high", "closed"), { minLength: 168, maxLength: 168 });
const limits = fc.array(fc.option(fc.integer({ min: 1000, max: 100_000 }), { nil: undefined }), { minLength: 24, maxLength: 24 });
const anyAddress = fc
  .record({ timeZone: zones, schedule: hours, rateLimit: limits })
  .map((values) => anAddress("SEC", { bandwidth: 64_000, ...values }));
/** Around both changes to and from summer time. */
const anyTime = fc
  .tuple(fc.constantFrom(Date.UTC(2026, 2, 7), Date.UTC(2026, 9, 31), Date.UTC(2026, 3, 3)), fc.integer({ min: 0, max: 4 * 86_400_000 }))
  .map(([day, ms]) => day + ms);
const anySizes = fc.array(fc.integer({ min: 1, max: 3e8 }), { minLength: 1, maxLength: 6 });
const jobsOf = (sizes: readonly number[], priority: Priority) =>
  sizes.map((bits, i) => aJob(`${i}`, bits, { priority, system: `S${i % 2}` }));

/** Independent of the simulation: the budget of every quarter of an hour, added up. */
function paidAt(address: Address, priority: Priority, from: number, bits: number): number | undefined {
  let left = bits;
  for (let at = from; at < from + 8 * 7 * 86_400_000;) {
    const until = (Math.floor(at / QUARTER) + 1) * QUARTER;
    const rate = admits(windowAt(address, at), priority) ? (budgetAt(address, at) ?? Infinity) / 1000 : 0;
    if (rate > 0 && left <= rate * (until - at)) return at + left / rate;
    left -= rate * (until - at);
    at = until;
  }
  return undefined;
}

test("across windows, limits and changes of summer time the end is where the budget of all hours has paid", () => {
  fc.assert(
    fc.property(anyAddress, anyTime, anySizes, fc.constantFrom<Priority>("high", "medium", "low"), (address, now, sizes, priority) => {
      const result = play([aLane([address], jobsOf(sizes, priority))], { now });
      const expected = paidAt(
        address,
        priority,
        now,
        sizes.reduce((sum, bits) => sum + bits, 0),
      );
      expect(result.noEnd.get("SEC")).toBe(expected === undefined ? "never-opens" : undefined);
      expect(expected === undefined ? 0 : Math.abs(lastOf(result) - expected)).toBeLessThan(1);
    }),
    { numRuns: 60 },
  );
});

test("more bytes never end earlier, and more budget never later", () => {
  fc.assert(
    fc.property(
      anyAddress,
      anyTime,
      anySizes,
      fc.nat({ max: 1e8 }),
      fc.double({ min: 1, max: 4, noNaN: true }),
      (address, now, sizes, more, times) => {
        const open = { ...address, schedule: address.schedule.map((window, hour): Window => (hour === 3 ? "all" : window)) };
        const mixed = (bits: readonly number[]) =>
          jobsOf(bits, "medium").map((job, i) => (i % 2 ? job : { ...job, priority: "high" as const }));
        const ordered = (bits: readonly number[]) =>
          mixed(bits).toSorted((a, b) => (a.priority < b.priority ? -1 : a.priority > b.priority ? 1 : 0));
        const end = (lines: Address, bits: readonly number[]) => lastOf(play([aLane([lines], ordered(bits))], { now }));
        const base = end(open, sizes);
        expect(end(open, [(sizes[0] ?? 0) + more, ...sizes.slice(1)])).toBeGreaterThanOrEqual(base - 1);
        const wider = {
          ...open,
          bandwidth: 64_000 * times,
          rateLimit: open.rateLimit.map((limit) => (typeof limit === "number" ? limit * times : limit)),
        };
        expect(end(wider, sizes)).toBeLessThanOrEqual(base + 1);
      },
    ),
    { numRuns: 60 },
  );
});

test("a long simulation yields repeatedly", () => {
  const jobs = Array.from({ length: 20_000 }, (_, i) => aJob(`${i}`, 1000 + i));
  const steps = simulate({
    now: NOW,
    lanes: [aLane([anAddress("SEC", { bandwidth: 1e6 })], jobs)],
    perSystem: 2,
    fixedMs: 0,
    measured: new Map(),
  });
  expect([...steps].length).toBeGreaterThan(4);
});
