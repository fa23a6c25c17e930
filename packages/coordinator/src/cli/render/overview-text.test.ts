import { expect, test } from "vitest";
import type { Overview } from "@sitewright/protocol/api";
import { renderOverview } from "./overview-text.ts";

const aSystem = (name: string, connected: boolean): Overview["systems"][number] => ({
  name,
  site: name.slice(0, 3),
  roles: ["dp"],
  connected,
  units: 3,
  live: 2,
});

const anOverview = (systems: Overview["systems"]): Overview => ({
  coordinator: { id: "c", version: "0.1.0", startedAt: 0 },
  sites: [],
  systems,
  addresses: [],
  problems: [],
  runs: [],
  siteData: { readAt: 0, problemCounts: { leftOut: 0, notes: 0 } },
  sequence: 1,
});

const many = anOverview(Array.from({ length: 1_000 }, (_, number) => aSystem(`S${String(number).padStart(3, "0")}`, number !== 700)));
const linesOf = (...about: Parameters<typeof renderOverview>) => renderOverview(...about).split("\n");

test("a few systems are all listed, with their agents and the units that they serve", () => {
  expect(linesOf(anOverview([aSystem("ABC1", true), aSystem("SEC1", false)]))).toEqual([
    "site  system  roles  agent       units live",
    "ABC   ABC1    dp     connected          2/3",
    "SEC   SEC1    dp     never seen         2/3",
  ]);
});

test("of very many systems fifty are listed, those whose agents are away first, and the rest is counted", () => {
  const lines = linesOf(many);
  expect(lines[1]).toMatch(/S700 .*never seen/);
  expect(lines.slice(51)).toEqual(["", "... and 950 more systems: --find TEXT lists those with it in their name, --all-systems lists all"]);
  expect(linesOf(many, { allSystems: true })).toHaveLength(1_001);
});

test("systems are found by a part of their name or of their site", () => {
  expect(
    linesOf(many, { find: " s77 " })
      .slice(1)
      .map((line) => line.split(/ +/)[1]),
  ).toEqual(Array.from({ length: 10 }, (_, number) => `S77${number}`));
  expect(renderOverview(many, { find: "none" })).toBe('no system has "none" in its name or its site\'s code');
});
