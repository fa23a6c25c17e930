import { expect, test } from "vitest";
import type { DrillReport } from "@sitewright/protocol/api";
import { renderDrill } from "./drill-text.ts";

/** A Friday, 17:00 in Chicago. */
const START = Date.UTC(2026, 10, 27, 23);
const HOUR = 3_600_000;

const REPORT: DrillReport = {
  start: START,
  timeZone: "America/Chicago",
  lost: ["DPABC", "DPSEC"],
  sizesOf: Date.UTC(2026, 10, 20, 12),
  unknown: [],
  rehearsal: {
    wireBytes: 36_000_000,
    endsAt: START + 15 * HOUR,
    sites: [
      {
        site: "ABC",
        wireBytes: 0,
        lines: [{ line: "own-network", bytes: 18_000_000 }],
        waitedMs: 0,
        lastLine: "own-network",
        open: "no-rate",
      },
      {
        site: "SEC",
        startsAt: START + HOUR,
        endsAt: START + 15 * HOUR,
        wireBytes: 18_000_000,
        lines: [
          { line: "MID", bytes: 18_000_000 },
          { line: "SEC", bytes: 18_000_000 },
        ],
        waitedMs: HOUR,
        lastLine: "SEC",
        waits: { address: "SEC", timeZone: "America/Chicago", opensAt: START + HOUR },
      },
    ],
  },
  bottleneck: { kind: "line", line: "SEC" },
  alternatives: [
    {
      kind: "second-line",
      names: ["SEC"],
      savedMs: 7 * HOUR,
      rehearsal: {
        wireBytes: 36_000_000,
        endsAt: START + 8 * HOUR,
        sites: [{ site: "SEC", wireBytes: 18_000_000, lines: [], waitedMs: HOUR, lastLine: "SEC", endsAt: START + 8 * HOUR }],
      },
    },
    { kind: "reserve-dp", names: ["DP2"], savedMs: 0, rehearsal: { wireBytes: 36_000_000, endsAt: START + 15 * HOUR, sites: [] } },
    { kind: "neighbours", names: ["DP3", "DP4"], rehearsal: { wireBytes: 18_000_000, open: "never-opens", sites: [] } },
  ],
};

const lines = (overrides: Partial<DrillReport> = {}) => renderDrill({ ...REPORT, ...overrides }).split("\n");

test("a drill tells the whole, each site with its lines and its waiting, and what would change it", () => {
  expect(lines()).toEqual([
    "drill (nothing was touched): DPABC, DPSEC rebuilt from nothing, from Fri 17:00 (Chicago) on",
    expect.stringMatching(
      /^all served by Sat 08:00 \(Chicago\), after 15:00:00 \(without ABC, of whose lines no rate is known: assume one\); ~36\.0 MB to send, as the sizes were on /,
    ),
    "the bottleneck is the line SEC",
    "",
    "site  starts               all served              takes    waits  over each line",
    "ABC   -                    -                           -        -  own-network ~18.0 MB        no limit is stated, and nothing was measured yet",
    "SEC   Fri 18:00 (Chicago)  Sat 08:00 (Chicago)  15:00:00  1:00:00  MID ~18.0 MB, SEC ~18.0 MB  waiting for window, opens Fri 18:00 (Chicago)",
    "",
    "what would change it:",
    "  if                                         all served              takes    saves   to send  by site",
    "  a second line beside SEC                   Sat 01:00 (Chicago)   8:00:00  7:00:00  ~36.0 MB  SEC 15:00:00 -> 8:00:00",
    "  reserve DP: DP2                            Sat 08:00 (Chicago)  15:00:00  nothing  ~36.0 MB",
    "  neighbours bring what they have: DP3, DP4  -                           -        -  ~18.0 MB",
  ]);
});

test("a schedule that keeps everything waiting, an end that cannot be forecast, and what was never indexed are said", () => {
  expect(lines({ bottleneck: { kind: "window", line: "SEC" }, unknown: ["dp/ABC00002"] }).slice(2, 4)).toEqual([
    "the bottleneck is the schedule of SEC: more than half of the time it is closed",
    "not counted, as no run has indexed them yet ('sitewright plan' does): dp/ABC00002",
  ]);
  const { bottleneck: _, ...open } = REPORT;
  const told = renderDrill({ ...open, rehearsal: { wireBytes: 1, open: "never-opens", sites: [] } }).split("\n");
  expect(told[1]).toMatch(/^the end cannot be forecast: no window opens for the rest;/);
  expect(told[2]).toBe("no bottleneck can be named");
});
