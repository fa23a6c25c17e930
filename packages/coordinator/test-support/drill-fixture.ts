import type { UnitFacts } from "../src/domain/runs/plan-run.ts";
import type { Address, Assignment, Hierarchy, System } from "../src/domain/sites/hierarchy.ts";
import { budgetBytes } from "../src/domain/lines/pacing.ts";
import { anAddress } from "./fakes.ts";

/** bit/s of a line that carries so many bytes of payload a second. */
export const carrying = (bytes: number): number => budgetBytes(bytes) * 8;

const site = (code: string, parent?: string) => ({
  code,
  name: code,
  type: "secondary" as const,
  server: `SRV${code}`,
  timeZone: "America/Chicago",
  logonSenior: true,
  ...(parent === undefined ? {} : { parent }),
});

const system = (name: string, of: string, more: Partial<System> = {}): [string, System] => [
  name,
  { name, site: of, roles: ["dp"], ...more },
];

/** ABC beside the coordinator; SEC below it, with two systems behind one line of 100 kB/s; TER below SEC. */
export function drillHierarchy(lines: Partial<Record<"SEC" | "TER", Partial<Address>>> = {}, dp2: Partial<System> = {}): Hierarchy {
  const line = (key: "SEC" | "TER") => anAddress(key, { bandwidth: carrying(100_000), timeZone: "America/Chicago", ...lines[key] });
  return {
    sites: new Map([
      ["ABC", site("ABC")],
      ["SEC", site("SEC", "ABC")],
      ["TER", site("TER", "SEC")],
    ]),
    systems: new Map([system("DPABC", "ABC"), system("DP1", "SEC"), system("DP2", "SEC", dp2), system("DPTER", "TER")]),
    addresses: new Map([
      ["SEC", line("SEC")],
      ["TER", line("TER")],
    ]),
  };
}

/** 10 MB that nothing makes smaller: 100 s at 100 kB/s. */
export const TEN_MB: UnitFacts = {
  manifest: "ab",
  manifestBytes: 0,
  files: 1,
  sourceBytes: 10_000_000,
  packedBytes: 10_000_000,
  sourceVersion: 1,
};

/** Every system serves one package. */
export function drillAssignments(hierarchy: Hierarchy): Assignment[] {
  const unit = { role: "dp", name: "ABC00001" } as const;
  return [...hierarchy.systems.values()].map(({ name, site: of }) => ({ system: name, site: of, unit, priority: "medium" }));
}
