import { unitKey } from "@sitewright/protocol";
import { assignmentsIn } from "../../domain/runs/selection.ts";
import type { Assignment } from "../../domain/sites/hierarchy.ts";
import { eachSliced } from "../../domain/slices.ts";
import type { SiteDataReading } from "../ports/site-data.ts";
import { stepThrough } from "../step-through.ts";

export interface AssignedUnits {
  assignments: readonly Assignment[];
  /** Keys of the units of a system. */
  unitsOf(system: string): readonly string[];
}

/** What each system has to serve, made once for each reading of the site data. */
export type Assigned = (reading: SiteDataReading) => Promise<AssignedUnits>;

export function createAssigned(): Assigned {
  let last: { hierarchy: SiteDataReading["hierarchy"]; servedBy: SiteDataReading["servedBy"]; made: Promise<AssignedUnits> } | undefined;
  return ({ hierarchy, servedBy }) => {
    if (last?.hierarchy !== hierarchy || last.servedBy !== servedBy) last = { hierarchy, servedBy, made: make(hierarchy, servedBy) };
    return last.made;
  };
}

async function make(hierarchy: SiteDataReading["hierarchy"], servedBy: SiteDataReading["servedBy"]): Promise<AssignedUnits> {
  const { value: assignments } = await stepThrough(assignmentsIn(hierarchy, servedBy, new Map()));
  const bySystem = new Map<string, string[]>();
  await stepThrough(
    eachSliced(assignments, ({ system, unit }) => {
      const units = bySystem.get(system);
      if (units) units.push(unitKey(unit));
      else bySystem.set(system, [unitKey(unit)]);
    }),
  );
  return { assignments, unitsOf: (system) => bySystem.get(system) ?? [] };
}
