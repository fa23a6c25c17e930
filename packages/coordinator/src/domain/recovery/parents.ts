import type { LedgerEntry } from "../ledger/entry.ts";
import { findCircles } from "../sites/site-data-rules.ts";
import type { Hierarchy, Site } from "../sites/hierarchy.ts";
import type { Finding } from "./connection-check.ts";

/** What the ledger knows of the parent of a site. */
export interface KnownParent {
  /** As it was in force; empty: it had none. */
  parent: string;
  /** A parent that a person allowed although something speaks against it, and that is not in force yet. */
  allowed?: string;
}

export interface RefusedParent {
  site: string;
  /** As the site data state it. */
  parent: string;
  /** What stays in force; absent: no parent. */
  stays?: string;
  blocks: Finding[];
}

/**
 * New and changed parents that something forbids; what the site data held when they were read for the first time is taken as it is.
 * @param blocksOf What forbids to follow a site.
 */
export function refusedParents(
  { sites }: Pick<Hierarchy, "sites">,
  known: ReadonlyMap<string, KnownParent>,
  blocksOf: (site: Site) => Finding[],
): RefusedParent[] {
  if (known.size === 0) return [];
  const blocks = new Map<string, Finding[]>();
  const refused: RefusedParent[] = [];
  for (const { code, parent } of sites.values()) {
    const before = known.get(code);
    if (parent === undefined || parent === before?.parent || parent === before?.allowed) continue;
    const found: Finding[] = [];
    for (let at = sites.get(parent); at; at = sites.get(at.parent ?? "")) {
      const own = blocks.get(at.code) ?? blocksOf(at);
      blocks.set(at.code, own);
      found.push(...own);
    }
    const stays = before !== undefined && sites.has(before.parent) ? { stays: before.parent } : {};
    if (found.length > 0) refused.push({ site: code, parent, ...stays, blocks: found });
  }
  return withoutCircles(sites, refused);
}

/** What was in force may contradict what else has changed since: then the site has no parent. */
function withoutCircles(sites: Hierarchy["sites"], refused: readonly RefusedParent[]): RefusedParent[] {
  const next = new Map([...sites].map(([code, { parent }]) => [code, parent]));
  for (const { site, stays } of refused) next.set(site, stays);
  const inCircle = new Set(findCircles(next).flat());
  return refused.map(({ stays, ...one }) => (stays === undefined || inCircle.has(one.site) ? one : { ...one, stays }));
}

/** The parent that is in force, as a detail of an entry of the ledger. */
export function parentAsDetail(parent: string | undefined): Record<string, string> {
  return { parent: parent ?? "" };
}

/** What is known after one more entry of the ledger about the site. */
export function afterParent(
  before: KnownParent | undefined,
  { kind, details }: Pick<LedgerEntry, "kind" | "details">,
): KnownParent | undefined {
  const { parent } = details;
  if (parent === undefined) return before;
  return kind === "parent-accepted" ? { parent: before?.parent ?? "", allowed: parent } : { parent };
}
