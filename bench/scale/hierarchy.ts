import { randomUUID } from "node:crypto";
import { unitKey } from "@sitewright/protocol";
import type { Assignment, Hierarchy, Site, System } from "../../packages/coordinator/src/domain/sites/hierarchy.ts";
import { createPhaseIds } from "../../packages/coordinator/src/domain/runs/phase-ids.ts";
import { planRun, type UnitFacts } from "../../packages/coordinator/src/domain/runs/plan-run.ts";
import type { Run } from "../../packages/coordinator/src/domain/runs/run.ts";

const SYSTEMS_OF_A_SITE = 10;
const ZONES = ["America/Chicago", "Europe/Berlin", "Asia/Tokyo", "UTC"];

/** Site data as they are after they were read and indexed: each package is on each system. */
export interface LargeHierarchy {
  hierarchy: Hierarchy;
  servedBy: Map<string, string[]>;
  wanted: Map<string, { priority: "high" | "medium" | "low"; clients: number; due?: string }>;
  facts: Map<string, UnitFacts>;
}

export function largeHierarchy(systemCount: number, packageCount: number): LargeHierarchy {
  const systems = Array.from({ length: systemCount }, (_, i): System => {
    return { name: `SYS${String(i).padStart(5, "0")}`, site: siteCode(Math.floor(i / SYSTEMS_OF_A_SITE)), roles: ["dp"] };
  });
  const codes = [...new Set(systems.map(({ site }) => site))];
  const sites = codes.map((code, i): Site => {
    return { code, name: code, type: "secondary", server: `SRV${code}`, timeZone: ZONES[i % ZONES.length] ?? "UTC", logonSenior: true };
  });
  const names = systems.map(({ name }) => name);
  const keys = Array.from({ length: packageCount }, (_, i) =>
    unitKey({ role: "dp", name: `ABC${i.toString(16).toUpperCase().padStart(5, "0")}` }),
  );
  return {
    hierarchy: {
      sites: new Map(sites.map((site) => [site.code, site])),
      systems: new Map(systems.map((system) => [system.name, system])),
      addresses: new Map(sites.map(({ code, timeZone }) => [code, addressOf(code, timeZone)])),
    },
    servedBy: new Map(keys.map((key) => [key, names])),
    wanted: new Map(
      keys.map((key, i) => {
        const due = i % 3 === 0 ? {} : { due: `2026-01-${String(1 + (i % 28)).padStart(2, "0")}T08:00` };
        return [key, { priority: (["high", "medium", "low"] as const)[i % 3] ?? "low", clients: i % 40, ...due }];
      }),
    ),
    facts: new Map(keys.map((key, i) => [key, factsOf(i)])),
  };
}

/** The phases of a run, of which nothing is held yet. */
export function plannedOn({ hierarchy, facts }: LargeHierarchy, assignments: readonly Assignment[], run: Run): ReturnType<typeof planRun> {
  return planRun({
    run,
    assignments,
    hierarchy,
    facts,
    owned: new Map(),
    held: () => undefined,
    describe: () => ({ place: "", file: "" }),
    generation: { epoch: 1, counter: 1 },
    now: 1,
    idOf: createPhaseIds(randomUUID()),
  });
}

function siteCode(index: number): string {
  return index.toString(36).toUpperCase().padStart(3, "0");
}

function addressOf(key: string, timeZone: string) {
  const rateLimit = Array.from({ length: 24 }, () => undefined);
  return { key, bandwidth: 8e6, rateLimit, schedule: Array.from({ length: 168 }, () => "all" as const), concurrency: 3, timeZone };
}

function factsOf(index: number): UnitFacts {
  return {
    manifest: index.toString(16).padStart(64, "0"),
    manifestBytes: 2_000,
    files: 50,
    sourceBytes: 1_000_000 + index * 1_000,
    packedBytes: 600_000 + index * 600,
    sourceVersion: 3,
    content: `1-${index}`,
  };
}
