import { expect, test } from "vitest";
import type { Held, Window } from "@sitewright/protocol";
import { carrying, drillAssignments, drillHierarchy, TEN_MB } from "../../../test-support/drill-fixture.ts";
import { anAddress } from "../../../test-support/fakes.ts";
import { ORDER_BYTES } from "../lines/wire-bytes.ts";
import type { Hierarchy } from "../sites/hierarchy.ts";
import { drill, type Drill, type DrillInput } from "./drill.ts";

/** A Friday, 17:00 in Chicago. */
const START = Date.UTC(2026, 10, 27, 23);
const HOUR = 3_600_000;
/** Of every unit: 150 ms until its first byte, and 300 ms from its last one until it is served. */
const FIXED = 450;
const SECOND = 1000;
/** What each order costs a line of 100 kB/s beside its content. */
const ORDER = ORDER_BYTES / 100;

function play(lost: string[], hierarchy: Hierarchy = drillHierarchy(), overrides: Partial<DrillInput> = {}): Drill {
  const steps = drill({
    lost: new Set(lost),
    start: START,
    timeZone: "America/Chicago",
    hierarchy,
    measured: new Map(),
    reserve: [],
    assignments: drillAssignments(hierarchy),
    facts: new Map([["dp/ABC00001", TEN_MB]]),
    held: () => [],
    limits: { perSystem: 2, perAddress: 3 },
    ...overrides,
  });
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

const ends = ({ rehearsal }: Pick<Drill, "rehearsal">) => (rehearsal.endsAt ?? Number.NaN) - START;

const holding = (system: string): ((name: string) => Held[]) => {
  const unit = { role: "dp", name: "ABC00001" } as const;
  const live = { generation: { epoch: 1, counter: 1 }, manifest: TEN_MB.manifest };
  return (name) => (name === system ? [{ unit, live, previous: false, sourceVersion: 1 }] : []);
};

test("10 MB over a line of 100 kB/s take 100 s, and a second line halves that", () => {
  const told = play(["DP1"]);
  expect(told.rehearsal).toEqual({
    endsAt: START + 100 * SECOND + ORDER + FIXED,
    wireBytes: 10_000_000,
    sites: [
      {
        site: "SEC",
        startsAt: START,
        endsAt: START + 100 * SECOND + ORDER + FIXED,
        wireBytes: 10_000_000,
        lines: [{ line: "SEC", bytes: 10_000_000 }],
        waitedMs: 0,
        lastLine: "SEC",
      },
    ],
  });
  expect(told.bottleneck).toEqual({ kind: "line", line: "SEC" });
  expect(told.alternatives).toMatchObject([{ kind: "second-line", names: ["SEC"], savedMs: 50 * SECOND + ORDER / 2 }]);
});

test("what two neighbours lost crosses their line once, and what one of them has kept not at all", () => {
  expect(ends(play(["DP1", "DP2"]))).toBe(100 * SECOND + 2 * ORDER + FIXED);
  const kept = play(["DP1"], drillHierarchy(), { held: holding("DP2") });
  expect(ends(kept)).toBe(100 * SECOND + ORDER + FIXED);
  const [, neighbours] = kept.alternatives;
  expect(neighbours).toMatchObject({ kind: "neighbours", names: ["DP2"], savedMs: 100 * SECOND + ORDER, rehearsal: { wireBytes: 0 } });
});

test("a system that is told to keep to itself gets all for itself, and what it would save to let it share is told", () => {
  const told = play(["DP1", "DP2"], drillHierarchy({}, { peers: false }));
  expect(told.rehearsal.wireBytes).toBe(20_000_000);
  expect(ends(told)).toBe(200 * SECOND + 2 * ORDER + FIXED);
  expect(told.alternatives).toMatchObject([
    { kind: "second-line", savedMs: 100 * SECOND + ORDER },
    { kind: "neighbours", names: ["DP2"], savedMs: 100 * SECOND },
  ]);
});

test("a reserve DP of the lost site is not rebuilt, and brings the content to the others", () => {
  const told = play(["DP1", "DP2"], drillHierarchy(), { reserve: ["DP2"] });
  expect(ends(told)).toBe(100 * SECOND + 2 * ORDER + FIXED);
  expect(told.alternatives[1]).toMatchObject({
    kind: "reserve-dp",
    names: ["DP2"],
    rehearsal: { endsAt: START + FIXED, wireBytes: 0 },
    savedMs: 100 * SECOND + 2 * ORDER,
  });
});

test("a site waits until its window opens, and where that is most of the time the window is the bottleneck", () => {
  // Friday (day 4) from 17 to 18 only what is urgent crosses.
  const schedule = Array.from({ length: 168 }, (_, hour): Window => (hour === 4 * 24 + 17 ? "high" : "all"));
  const told = play(["DP1"], drillHierarchy({ SEC: { schedule } }));
  expect(told.rehearsal.sites).toMatchObject([
    {
      startsAt: START + HOUR,
      endsAt: START + HOUR + 100 * SECOND + ORDER + FIXED,
      waitedMs: HOUR,
      waits: { address: "SEC", opensAt: START + HOUR },
    },
  ]);
  expect(told.bottleneck).toEqual({ kind: "window", line: "SEC" });
});

test("a transfer that a window interrupts begins before it and resumes after it", () => {
  // 1 kB/s: an hour carries 3.6 MB less the first 150 ms; the line is closed from 18 to 20.
  const schedule = Array.from({ length: 168 }, (_, hour): Window => ([18, 19].includes(hour % 24) ? "closed" : "all"));
  const told = play(["DP1"], drillHierarchy({ SEC: { schedule, bandwidth: carrying(1000) } }));
  // 10,000 s of sending, two hours of waiting in between, and the first byte again 150 ms after the window opened.
  const [site] = told.rehearsal.sites;
  expect(site).toMatchObject({ startsAt: START, waitedMs: 2 * HOUR });
  expect(ends(told)).toBe(10_000 * SECOND + 100 * ORDER + 2 * HOUR + 150 + FIXED);
  expect(told.bottleneck).toEqual({ kind: "line", line: "SEC" });
});

test("of the lines that content crosses, the one whose second line saves most is the bottleneck", () => {
  const told = play(["DPTER"], drillHierarchy({ TER: { via: "SEC", bandwidth: carrying(1_000_000) } }));
  expect(told.rehearsal.sites[0]?.lines).toEqual([
    { line: "SEC", bytes: 10_000_000 },
    { line: "TER", bytes: 10_000_000 },
  ]);
  expect(told.bottleneck).toEqual({ kind: "line", line: "SEC" });
  expect(told.alternatives).toMatchObject([{ names: ["SEC"], savedMs: 50 * SECOND + ORDER / 2 }]);
});

test("sites that share a line are told each by itself, and the last one decides", () => {
  const told = play(["DP1", "DPTER"], drillHierarchy({ TER: { via: "SEC" } }));
  // Both get half of the line that they share until both are over.
  expect(told.rehearsal.sites.map(({ site, endsAt = 0 }) => [site, endsAt - START])).toEqual([
    ["SEC", 200 * SECOND + 2 * ORDER + FIXED],
    ["TER", 200 * SECOND + 2 * ORDER + FIXED],
  ]);
});

test("the coordinator's own network has no end until a rate is known there, and keeps no other site from having one", () => {
  expect(play(["DPABC"]).rehearsal).toMatchObject({ open: "no-rate", sites: [{ site: "ABC", open: "no-rate" }] });
  expect(ends(play(["DPABC", "DP1"]))).toBe(100 * SECOND + ORDER + FIXED);
  const known = play(["DPABC"], drillHierarchy(), { measured: new Map([["", carrying(1_000_000)]]) });
  expect(ends(known)).toBe(10 * SECOND + ORDER / 10 + FIXED);
  expect(known.bottleneck).toEqual({ kind: "line", line: "own-network" });
  expect(known.rehearsal.sites[0]?.lines).toEqual([{ line: "own-network", bytes: 10_000_000 }]);
});

test("a line on which nothing limits but what it was seen to carry is doubled by that", () => {
  const hierarchy = { ...drillHierarchy(), addresses: new Map([["SEC", anAddress("SEC")]]) };
  const told = play(["DP1"], hierarchy, { measured: new Map([["SEC", carrying(200_000)]]) });
  expect([ends(told), told.alternatives[0]?.savedMs]).toEqual([50 * SECOND + ORDER / 2 + FIXED, 25 * SECOND + ORDER / 4]);
});
