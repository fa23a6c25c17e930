import { expect, test } from "vitest";
import { anAddress } from "../../../test-support/fakes.ts";
import type { Hierarchy, System } from "../sites/hierarchy.ts";
import { lineLoads } from "./connection-load.ts";

/** Midnight from Saturday to Sunday, UTC. */
const NOW = Date.UTC(2026, 10, 29);
const system = (name: string, site: string, more: Partial<System> = {}): [string, System] => [name, { name, site, roles: ["dp"], ...more }];
const hierarchy: Hierarchy = {
  sites: new Map(),
  systems: new Map([
    system("X1", "XYZ"),
    system("X2", "XYZ"),
    system("S1", "SEC"),
    system("O1", "OWN"),
    system("X3", "XYZ", { address: { ...anAddress("X3"), bandwidth: 8_000, via: "XYZ" } }),
  ]),
  addresses: new Map([
    ["XYZ", { ...anAddress("XYZ"), bandwidth: 80_000 }],
    ["SEC", anAddress("SEC")],
  ]),
};
const lacks = (on: string, name: string, bytes: number) => ({ system: on, unit: { role: "dp" as const, name }, bytes });

test("a package for two neighbours crosses the line of their site once, and that of a system behind it as often as it must", () => {
  const loads = lineLoads(
    hierarchy,
    [lacks("X1", "ABC00001", 10_000), lacks("X2", "ABC00001", 10_000), lacks("X3", "ABC00001", 10_000)],
    NOW,
  );
  expect(loads).toEqual([
    { address: "X3", bytes: 10_000, takesMs: 10_000 },
    { address: "XYZ", bytes: 20_000, takesMs: 2_000 },
  ]);
});

test("a line that states no rate has no time, and what lies on our own network crosses none", () => {
  expect(lineLoads(hierarchy, [lacks("S1", "ABC00001", 10), lacks("O1", "ABC00001", 10)], NOW)).toEqual([{ address: "SEC", bytes: 10 }]);
});

test("hours in which nothing may be sent are waited for, and a line that never opens has no time", () => {
  const shut = (hour: number) => (hour < 6 ? "closed" : "all");
  const schedule = Array.from({ length: 168 }, (_, hour) => shut(hour % 24)) as ReturnType<typeof anAddress>["schedule"];
  const at = (to: typeof schedule) => {
    const address = { ...anAddress("XYZ"), bandwidth: 80_000, schedule: to, timeZone: "UTC" };
    return lineLoads({ ...hierarchy, addresses: new Map([["XYZ", address]]) }, [lacks("X1", "ABC00001", 10_000)], NOW);
  };
  expect(at(schedule)).toEqual([{ address: "XYZ", bytes: 10_000, takesMs: 6 * 3_600_000 + 1_000 }]);
  expect(at(schedule.map(() => "closed" as const))).toEqual([{ address: "XYZ", bytes: 10_000 }]);
});
