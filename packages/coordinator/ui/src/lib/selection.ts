import { ROLES, DEFAULT_OPTIONS, type Role } from "@sitewright/protocol";
import type { Overview, Run, RunOptions } from "@sitewright/protocol/api";

/** The choices of the start page; empty lists mean everything. */
export type Choice = Omit<RunOptions, "graceMs"> & { graceMinutes: number };

const MINUTE = 60_000;
const { graceMs, ...defaults } = DEFAULT_OPTIONS;
export const EVERYTHING: Choice = { ...defaults, graceMinutes: graceMs / MINUTE };

/** What of a hierarchy can be chosen. `packages`: of the chosen sites and systems; undefined: not known yet. */
export interface Offer extends Pick<Overview, "sites" | "systems"> {
  packages: readonly string[] | undefined;
}

/** The offered choices; systems and packages only of the chosen sites and systems. */
export function choices(
  { sites, systems, packages }: Offer,
  chosen: Choice,
): { sites: string[]; systems: string[]; roles: Role[]; packages: string[] } {
  const serving = systems.filter(({ roles }) => roles.length > 0);
  const ofSites = serving.filter(({ site }) => chosen.sites.length === 0 || chosen.sites.includes(site));
  return {
    sites: sites.map(({ code }) => code),
    systems: ofSites.map(({ name }) => name),
    roles: ROLES.filter((role) => serving.some(({ roles }) => roles.includes(role))),
    packages: packages ? packages.toSorted((a, b) => (a < b ? -1 : 1)) : chosen.packages,
  };
}

/** The request to the coordinator; what is no longer offered is left out of it. */
export function optionsOf(choice: Choice, offer: Offer): RunOptions {
  const offered = choices(offer, choice);
  const { graceMinutes, ...options } = choice;
  return {
    ...options,
    systems: choice.systems.filter((name) => offered.systems.includes(name)),
    packages: choice.packages.filter((id) => offered.packages.includes(id)),
    graceMs: graceMinutes * MINUTE,
  };
}

export function faultsOf({ maxUnavailable, graceMinutes }: Choice): string[] {
  return [
    ...(Number.isSafeInteger(maxUnavailable) && maxUnavailable >= 1 ? [] : ["Systems at once is a whole number, 1 or more."]),
    ...(graceMinutes >= 0 && graceMinutes <= 60_000 ? [] : ["Grace is a number of minutes, 0 or more."]),
  ];
}

/** The selection of a run in words. */
export function selectionWords({ sites, systems, roles, packages }: RunOptions): string {
  const parts = [
    sites.length > 0 ? `site ${sites.join(", ")}` : "",
    systems.length > 0 ? systems.join(", ") : "",
    roles.length > 0 ? roles.join(", ") : "",
    packages.length > 0 ? packages.join(", ") : "",
  ].filter(Boolean);
  return parts.length === 0 ? "whole hierarchy" : parts.join(" · ");
}

/** The same selection again, for another kind of run. */
export function sameSelection({ options: { sites, systems, roles, packages } }: Run): Partial<RunOptions> {
  return { sites, systems, roles, packages };
}
