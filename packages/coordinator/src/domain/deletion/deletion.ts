import { ROLES, SitewrightError, type Role } from "@sitewright/protocol";
import type { LedgerEntry } from "../ledger/entry.ts";
import type { Hierarchy } from "../sites/hierarchy.ts";

/** What is deleted: a site with its systems, or one role of one system. */
export type DeletionTarget = { site: string } | { system: string; role: Role };

/** A target as a request names it. */
export interface AskedTarget {
  site?: string;
  system?: string;
  role?: Role;
}

/** A site or a role that an operator put out of force, whatever the hierarchy names. */
export interface Deletion {
  target: DeletionTarget;
  /** ms since 1970. */
  at: number;
  by: string;
  reason: string;
  /** Files of the site data that it changed. */
  changed: readonly string[];
}

/** By the key of the target. */
export type Deletions = ReadonlyMap<string, Deletion>;

/** Throws `BAD_REQUEST`. */
export function targetOf({ site, system, role }: AskedTarget): DeletionTarget {
  if (site !== undefined && system === undefined && role === undefined) return { site };
  if (site === undefined && system !== undefined && role !== undefined) return { system, role };
  throw new SitewrightError("BAD_REQUEST", "name either a site, or a system and one of its roles");
}

/** Unique: a site code has no slash. */
export function targetKey(target: DeletionTarget): string {
  return "site" in target ? target.site : `${target.system}/${target.role}`;
}

/** For people. */
export function targetName(target: DeletionTarget): string {
  return "site" in target ? `the site ${target.site}` : `the role ${target.role} of ${target.system}`;
}

/** What an operator types to confirm a deletion. */
export function confirmationOf(target: DeletionTarget): string {
  return "site" in target ? target.site : target.system;
}

/** The options that name a target on the command line. */
export function targetOptions(target: DeletionTarget): string {
  return "site" in target ? `--site ${target.site}` : `--system ${target.system} --role ${target.role}`;
}

/** What is out of force after one more entry of the ledger; other entries change nothing. */
export function afterDeletionEntry(
  before: Deletions,
  { kind, at, by, about, details }: Pick<LedgerEntry, "kind" | "at" | "by" | "about" | "details">,
): Deletions {
  if (kind !== "deleted" && kind !== "deletion-undone") return before;
  const target = targetIn(about, details);
  if (!target) return before;
  const after = new Map(before);
  if (kind === "deletion-undone") after.delete(targetKey(target));
  else after.set(targetKey(target), { target, at, by: by.name, reason: details["reason"] ?? "", changed: pathsIn(details) });
  return after;
}

/** Changed files as a detail of the entry; empty: there are none. */
export function changedAsDetail(paths: readonly string[]): Record<string, string> {
  return paths.length > 0 ? { changed: paths.join("\n") } : {};
}

function pathsIn({ changed }: LedgerEntry["details"]): string[] {
  return changed === undefined ? [] : changed.split("\n");
}

/** The target as the ledger states it, so that all entries about a site are found by its code. */
export function targetAbout(target: DeletionTarget, { systems }: Pick<Hierarchy, "systems">): Pick<LedgerEntry, "about" | "details"> {
  if ("site" in target) return { about: { site: target.site }, details: {} };
  const { system, role } = target;
  const site = systems.get(system)?.site;
  return { about: { system, ...(site === undefined ? {} : { site }) }, details: { role } };
}

function targetIn({ site, system }: LedgerEntry["about"], details: LedgerEntry["details"]): DeletionTarget | undefined {
  const role = ROLES.find((one) => one === details["role"]);
  if (system !== undefined && role !== undefined) return { system, role };
  return site === undefined ? undefined : { site };
}
