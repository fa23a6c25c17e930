import type { LedgerEntry } from "../ledger/entry.ts";

/** What the site data hold of a site, by kind; a kind that could not be counted is absent. */
export type SiteCounts = Partial<Record<Counted, number>>;

/** `folders`: its inboxes, its logon folder and its objects, as far as they contain a file. */
const COUNTED = ["folders", "packages", "programs", "advertisements"] as const;
export type Counted = (typeof COUNTED)[number];

const SINGULAR: Record<Counted, string> = { folders: "folder", packages: "package", programs: "program", advertisements: "advertisement" };

/** What the ledger records of them, outside the site data. */
export interface SeenCounts {
  counts: SiteCounts;
  /** When that was recorded, ms since 1970. */
  at: number;
}

/** Of at least this many, losing most is shrinking; of fewer, only losing all. */
const FEW = 4;
/** Relative difference from the recorded count above which a count is recorded again. */
const MUCH_MORE = 1.25;
const MUCH_LESS = 0.75;
/** A folder that is being emptied is read in between: a lower count becomes normal only after this time, ms. */
const SETTLED_MS = 86_400_000;

/** What is missing to such an extent that the site data cannot be trusted, for people; empty: nothing. */
export function shrunkSigns(now: SiteCounts, seen: SeenCounts | undefined): string[] {
  if (!seen) return [];
  const since = new Date(seen.at).toISOString().slice(0, 16).replace("T", " ");
  return COUNTED.flatMap((kind) => {
    const [is, was] = [now[kind], seen.counts[kind]];
    if (is === undefined || was === undefined || !isShrunk(is, was)) return [];
    return [`of ${was} ${was === 1 ? SINGULAR[kind] : kind} ${is === 0 ? "none" : is} ${is > 1 ? "are" : "is"} left`];
  }).map((sign, i, all) => (i < all.length - 1 ? sign : `${sign} (they were seen ${since} UTC)`));
}

function isShrunk(is: number, was: number): boolean {
  return was < FEW ? is === 0 && was > 0 : is * 2 < was;
}

/**
 * What replaces the recorded counts; undefined: it differs too little. Only for a site that did not shrink.
 * @param at ms since 1970.
 */
export function countsToRecord(now: SiteCounts, seen: SeenCounts | undefined, at: number): SiteCounts | undefined {
  if (!seen) return COUNTED.some((kind) => (now[kind] ?? 0) > 0) ? now : undefined;
  const isSettled = at - seen.at >= SETTLED_MS;
  const next: SiteCounts = { ...seen.counts };
  let isNews = false;
  for (const kind of COUNTED) {
    const [is, was = 0] = [now[kind], seen.counts[kind]];
    if (is === undefined) continue;
    isNews ||= is > was * MUCH_MORE || (isSettled && is < was * MUCH_LESS);
    next[kind] = isSettled ? is : Math.max(is, was);
  }
  return isNews ? next : undefined;
}

/** The new normal after an operator accepted it; what could not be counted stays as it was seen. */
export function acceptedCounts(now: SiteCounts, seen: SeenCounts | undefined): SiteCounts {
  return { ...seen?.counts, ...now };
}

/** Counts as the details of an entry of the ledger. */
export function countsAsDetails(counts: SiteCounts): Record<string, string> {
  return { counts: JSON.stringify(counts) };
}

/** What is known after one more ledger entry about the site. */
export function afterCounts(before: SeenCounts | undefined, { at, details }: Pick<LedgerEntry, "at" | "details">): SeenCounts | undefined {
  const { counts } = details;
  return counts === undefined ? before : { counts: JSON.parse(counts) as SiteCounts, at };
}
