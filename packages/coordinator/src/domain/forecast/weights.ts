import type { Phase } from "../run.ts";

/**
 * What clients need is weighed by clients: a package by those that wait for it, a CAP and a logon point by all of their site. A
 * package that does not say counts as one client; a site that does not say has as many as wait for any one of its packages, and one
 * at least.
 */
export function weigher(phases: readonly Phase[]): (phase: Phase) => number {
  const most = new Map<string, number>();
  for (const { site, unit, clients } of phases) if (unit.role === "dp") most.set(site, Math.max(most.get(site) ?? 1, clients ?? 1));
  return ({ site, unit, clients }) => clients ?? (unit.role === "dp" ? 1 : (most.get(site) ?? 1));
}
