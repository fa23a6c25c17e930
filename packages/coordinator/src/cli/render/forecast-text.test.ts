import { expect, test } from "vitest";
import type { AddressForecast, Forecast } from "@sitewright/protocol/api";
import { renderExpected, renderForecast } from "./forecast-text.ts";
import { renderPlan } from "./plan-table.ts";

/** Monday noon in UTC, six in the morning in Chicago. */
const NOW = Date.UTC(2026, 10, 23, 12);
const HOUR = 3_600_000;
const SEC: AddressForecast = {
  address: "SEC",
  timeZone: "America/Chicago",
  wireBytes: 36_000_000,
  ninetyAt: NOW + 2 * HOUR,
  endsAt: NOW + 15 * HOUR,
  waits: { address: "SEC", timeZone: "America/Chicago", opensAt: NOW + 14 * HOUR },
  curve: [[NOW, 0]],
};
const FORECAST: Forecast = { madeAt: NOW, total: SEC, addresses: [SEC], away: [] };

test("a forecast states when most is served and when all is, in the address's hours, and which window it waits for", () => {
  expect(renderForecast(FORECAST, NOW).split("\n")).toEqual([
    "90 % of what clients need by Mon 08:00 (Chicago), all bytes by Mon 21:00 (Chicago)",
    "",
    "address   to send  90 % served          all served",
    "SEC      ~36.0 MB  Mon 08:00 (Chicago)  Mon 21:00 (Chicago)  waiting for window, opens Mon 20:00 (Chicago)",
  ]);
});

test("what cannot be forecast is listed with the reason", () => {
  const { endsAt: _, waits: __, ninetyAt: ___, ...open } = SEC;
  const lines = (line: AddressForecast, away: string[] = []) =>
    renderForecast({ ...FORECAST, total: line, addresses: [line], away }, NOW).split("\n");
  expect(lines({ ...open, open: "no-rate" })[0]).toBe("no limit is stated, and nothing was measured yet");
  expect(lines({ ...open, open: "agent-away" }, ["SRVSEC"])[1]).toBe("still to come, as their agents are away: SRVSEC");
  const many = Array.from({ length: 2_000 }, (_, number) => `S${number}`);
  expect(lines({ ...open, open: "agent-away" }, many)[1]).toMatch(/away: S0, .*, S11 and 1,988 more$/);
  const part: AddressForecast = {
    ...open,
    open: "agent-away",
    curve: [
      [NOW, 0],
      [NOW + HOUR, 0.666],
    ],
  };
  expect(lines(part)[0]).toBe("66 % by Mon 07:00 (Chicago), the rest waits for agents that are away");
  const never = { address: "SEC", timeZone: "America/Chicago" };
  expect(lines({ ...open, open: "never-opens", waits: never }).at(-1)).toMatch(
    / {2}-.* {2}-.*waiting for window, SEC does not open for it this week$/,
  );
  expect(lines({ ...SEC, measured: 1_000_000 }).at(-1)).toMatch(/at the 1 Mbit\/s that were measured$/);
});

test("lines without a known rate are named where others have an end", () => {
  const { endsAt: _, ninetyAt: __, address: ___, timeZone: ____, waits: _____, ...own } = SEC;
  const lines = renderForecast({ ...FORECAST, addresses: [{ ...own, open: "no-rate" }, SEC] }, NOW).split("\n");
  expect(lines[1]).toBe("not counted, as no rate is known there: the coordinator's own network");
});

test("of what is served already it is stated since when", () => {
  const { total } = FORECAST;
  const [line] = renderForecast({ ...FORECAST, total: { ...total, ninetyAt: NOW - 2 * HOUR } }, NOW).split("\n");
  expect(line).toBe("90 % of what clients need since Mon 04:00 (Chicago), all bytes by Mon 21:00 (Chicago)");
});

test("while a run continues, the current forecast stands above the first one", () => {
  const { ninetyAt: _, ...later } = { ...SEC, endsAt: NOW + 16 * HOUR };
  expect(renderExpected({ first: FORECAST, present: { ...FORECAST, total: later } }, NOW)).toEqual([
    "expected: all bytes by Mon 22:00 (Chicago)",
    "at first: 90 % of what clients need by Mon 08:00 (Chicago), all bytes by Mon 21:00 (Chicago)",
  ]);
  expect(renderExpected({ first: FORECAST }, NOW)).toEqual([]);
});

test("a plan shows for each unit when it would be served, and for a package its name", () => {
  const row = {
    system: "S1",
    unit: "dp/A",
    reachable: true,
    files: 1,
    sourceBytes: 2000,
    presentBytes: 0,
    wireBytes: 1000,
    address: "SEC",
  };
  const totals = { units: 1, files: 1, sourceBytes: 2000, presentBytes: 0, wireBytes: 1000, unreachable: [] };
  const lines = renderPlan(
    { rows: [{ ...row, servedAt: NOW + 2 * HOUR }], totals, forecast: FORECAST },
    new Map([["dp/A", "Office 97"]]),
    NOW,
  ).split("\n");
  expect(lines[1]).toBe("S1      dp/A      1  2.0 kB            0 B  ~1.0 kB  SEC      Mon 08:00 (Chicago)    Office 97");
  expect(lines[3]).toBe("1 unit: 2.0 kB, 0 B already there, ~1.0 kB to send");
  expect(lines[5]).toMatch(/^90 % of what clients need by/);
  const first = renderPlan({ rows: [row], totals: { ...totals, units: 1_001 } }, new Map(), NOW).split("\n");
  expect(first.slice(2)).toEqual([
    "... and 1000 more units: --json lists all, and --site, --system and --package narrow the plan",
    "",
    "1001 units: 2.0 kB, 0 B already there, ~1.0 kB to send",
  ]);
});
