import type { LedgerEntry } from "../ledger/entry.ts";

/**
 * What the ledger records of a package, outside the site data.
 * `deleted`: an operator accepted that it is gone; `revived`: it was deleted and is described again; `lost`: it was missing while its site
 * had to be recovered; `reissued`: it was lost and is described again, and no operator has decided that it is the same one.
 */
export interface KnownPackage {
  /** The highest source version that was seen; 0: none was stated. */
  version: number;
  state: PackageState;
  /** When that was recorded, ms since 1970. */
  at: number;
}

const STATES = ["there", "deleted", "revived", "lost", "reissued"] as const;
type PackageState = (typeof STATES)[number];

/** By package id. */
export type KnownPackages = ReadonlyMap<string, KnownPackage>;

/** What a reading of the site data says of the packages of one site. */
export interface ReadPackages {
  /** Stated source versions by id; 0: none is stated. */
  versions: ReadonlyMap<string, number>;
  /** Described with a fault: nothing is known of them, least of all that they are gone. */
  faulty: ReadonlySet<string>;
  /** Gone, and an operator accepted that. */
  accepted: ReadonlySet<string>;
  /** Its numbers or its identity went back: what is missing was not deleted by anybody. */
  isHeld: boolean;
}

/** What replaces the recorded packages of a site; empty: nothing is news. */
export function packageNews(known: KnownPackages, read: ReadPackages): Map<string, Omit<KnownPackage, "at">> {
  const news = new Map<string, Omit<KnownPackage, "at">>();
  for (const id of new Set([...known.keys(), ...read.versions.keys()])) {
    const before = known.get(id);
    const after = read.faulty.has(id) ? before : next(id, before, read);
    if (after && (after.state !== before?.state || after.version !== before.version)) news.set(id, after);
  }
  return news;
}

function next(id: string, before: KnownPackage | undefined, read: ReadPackages): Omit<KnownPackage, "at"> | undefined {
  const stated = read.versions.get(id);
  if (stated === undefined) {
    // What was lost is decided about as such.
    if (!before || before.state === "deleted" || before.state === "lost") return before;
    const { version } = before;
    if (read.accepted.has(id)) return { version, state: "deleted" };
    return read.isHeld ? { version, state: "lost" } : before;
  }
  if (!before) return { version: stated, state: "there" };
  const state = before.state === "deleted" ? "revived" : before.state === "lost" ? "reissued" : before.state;
  return { version: Math.max(before.version, stated), state };
}

/** Of so many packages at least, versions below those that were seen mean that their site went back; one alone is refused by itself. */
const SEVERAL = 2;
const SHOWN = 3;

/** Why the source versions of a site cannot be trusted, for people; empty: no reason is known. */
export function versionSigns(site: string, known: KnownPackages, versions: ReadonlyMap<string, number>): string[] {
  const lower = [...versions].flatMap(([id, version]) => {
    const seen = known.get(id);
    return seen && version < seen.version ? [`${id} ${version === 0 ? "none" : version}, and ${seen.version} was seen`] : [];
  });
  if (lower.length < SEVERAL) return [];
  const shown = lower.length > SHOWN ? [...lower.slice(0, SHOWN), "..."] : lower;
  const verb = `'sitewright repair-objects --site ${site}'`;
  return [`${lower.length} packages state lower source versions than before (${verb}): ${shown.join("; ")}`];
}

/** Limit of characters of one entry's detail: the ledger would cut longer ones. */
const MOST = 15_000;

/** Packages as details of one or more entries of the ledger. */
export function packagesAsDetails(packages: ReadonlyMap<string, Omit<KnownPackage, "at">>): Record<string, string>[] {
  const parts: string[][] = [];
  let room = 0;
  for (const [id, { version, state }] of packages) {
    const text = state === "there" ? `${id} ${version}` : `${id} ${version} ${state}`;
    if (text.length + 1 > room) {
      parts.push([]);
      room = MOST;
    }
    parts.at(-1)?.push(text);
    room -= text.length + 1;
  }
  return parts.map((texts) => ({ packages: texts.join("\n") }));
}

/** What is known after one more entry of the ledger about the site; the same object where it says nothing of packages. */
export function afterPackages(before: KnownPackages, { at, details }: Pick<LedgerEntry, "at" | "details">): KnownPackages {
  const { packages } = details;
  if (packages === undefined) return before;
  const after = new Map(before);
  for (const line of packages.split("\n")) {
    const [id = "", version, word = "there"] = line.split(" ");
    const state = STATES.find((known) => known === word);
    if (state) after.set(id, { version: Number(version), state, at });
  }
  return after;
}
