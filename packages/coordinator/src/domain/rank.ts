import { ROLES, type Unit } from "@sitewright/protocol";
import type { Priority } from "./hierarchy.ts";

const PRIORITIES: readonly Priority[] = ["high", "medium", "low"];

/** 1 to 9, the smaller the sooner: what clients ask first (cap, logon-point, dp), then by priority. */
export function rank({ unit, priority }: { unit: Unit; priority: Priority }): number {
  return ROLES.indexOf(unit.role) * PRIORITIES.length + PRIORITIES.indexOf(priority) + 1;
}
