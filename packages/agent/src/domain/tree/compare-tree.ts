import {
  comparePaths,
  type Deviation,
  type ManifestEntry,
  type OwnedPath,
  DEVIATION_KINDS,
  LIMITS,
  type VerifyReport,
} from "@sitewright/protocol";
import type { FileIdentity } from "./file-identity.ts";
import { pairUp, type Pair } from "./pair-up.ts";

/** What a walk finds on the disk. */
export interface FoundEntry {
  path: string;
  kind: "folder" | "file" | "link" | "other";
  mode: number;
  /** Bytes. */
  size: number;
  /** ms since 1970. */
  modified: number;
  identity: FileIdentity;
  /** Hard links. */
  names: number;
  /** Whether it belongs to the agent's account. */
  ours: boolean;
  target?: string;
}

/** What a system keeps of permissions. */
export type KeptMode = (kind: "folder" | "file", mode: number) => number;

/** Permissions of an owned folder itself; what lies below carries its own. */
export function ownedMode(owned: OwnedPath, kept: KeptMode): number {
  return kept("folder", owned.rights === "clients-write" ? 0o777 : 0o755);
}

/**
 * Compares a manifest with what a walk found, both part by part in the order of a manifest; the owned folders themselves are included.
 * Never holds more than one part of each.
 */
export function besideFound(
  { owned, windows, kept }: ExpectedTree,
  found: AsyncIterable<readonly FoundEntry[]>,
): AsyncIterable<Pair<ManifestEntry, FoundEntry>[]> {
  return pairUp(withOwnedFolders(owned, windows, kept), found);
}

interface ExpectedTree {
  owned: readonly OwnedPath[];
  /** Of its manifest, with the permissions that the system keeps. */
  windows: Iterable<EntryWindow>;
  kept: KeptMode;
}

interface EntryWindow {
  entries: readonly ManifestEntry[];
}

function* withOwnedFolders(
  owned: readonly OwnedPath[],
  windows: Iterable<EntryWindow>,
  kept: KeptMode,
): Generator<readonly ManifestEntry[], void, undefined> {
  const folders = owned
    .filter((top) => top.kind === "folder")
    .map((top): ManifestEntry => ({ kind: "folder", path: top.path, mode: ownedMode(top, kept) }))
    .sort((a, b) => comparePaths(a.path, b.path));
  for (const { entries } of windows) {
    let from = 0;
    for (let i = 0; i < entries.length && folders[0]; i++) {
      if (comparePaths(folders[0].path, (entries[i] as ManifestEntry).path) > 0) continue;
      yield entries.slice(from, i);
      yield folders.splice(0, 1);
      from = i--; // there may be another one before this entry
    }
    yield entries.slice(from);
  }
  yield folders;
}

/**
 * The deviations of one entry; the content of a file of the right size is not checked. Rights that differ from those the agent makes may
 * still be right for the place.
 * @param tolerated Extra files that exist on purpose.
 */
export function deviationsOf({ expected, found }: Pair<ManifestEntry, FoundEntry>, tolerated: ReadonlySet<string>): Deviation[] {
  if (!found) return expected ? [{ kind: "missing", path: expected.path }] : [];
  const { path } = found;
  if (!expected) return tolerated.has(path) ? [] : [{ kind: "extra", path }];
  if (found.kind !== expected.kind) return [{ kind: "damaged", path }];
  if (expected.kind === "link") return found.target === expected.target ? [] : [{ kind: "damaged", path }];
  const deviations: Deviation[] = [];
  if (found.mode !== expected.mode || !found.ours) deviations.push({ kind: "rights", path });
  if (expected.kind === "file" && found.size !== expected.size) deviations.push({ kind: "damaged", path });
  return deviations;
}

/** Paths that each kind has a place for, however many there are of the others. */
const OF_EACH = LIMITS.deviations / DEVIATION_KINDS.length;

type Summary = Pick<VerifyReport, "deviations" | "deviationCount" | "counts">;

/** Summary of deviations: how many of each kind, and the first paths, with places for every kind. */
export interface DeviationSummary {
  add(deviation: Deviation): void;
  /** Number of deviations so far. */
  count(): number;
  summary(): Summary;
}

/** Holds as many paths as may be named, however many there are. */
export function createDeviationSummary(): DeviationSummary {
  const counts = { missing: 0, extra: 0, damaged: 0, rights: 0 };
  const first: Deviation[] = [];
  let count = 0;
  return {
    add(deviation) {
      count += 1;
      counts[deviation.kind] += 1;
      if (counts[deviation.kind] <= LIMITS.deviations) first.push(deviation);
    },
    count: () => count,
    summary() {
      const of = (kind: Deviation["kind"]) => first.filter((deviation) => deviation.kind === kind);
      const sure = DEVIATION_KINDS.flatMap((kind) => of(kind).slice(0, OF_EACH));
      const more = DEVIATION_KINDS.flatMap((kind) => of(kind).slice(OF_EACH)).slice(0, LIMITS.deviations - sure.length);
      const listed = new Set([...sure, ...more]);
      return { deviations: first.filter((deviation) => listed.has(deviation)), deviationCount: count, counts };
    },
  };
}
