import { foldName, packageOf, parseUnitKey, siteOf, unitKey } from "@sitewright/protocol";
import type { Hierarchy, Problem, UnitSource } from "./hierarchy.ts";

/** What the site data held for one unit at the last reading without a fault of it. */
export interface RememberedUnit {
  /** By place below the site data. */
  places: Readonly<Record<string, RememberedPlace>>;
  /** Systems that served it. */
  systems: readonly string[];
  /** An operator accepted that the site data do not describe it although systems may hold it. */
  accepted?: { by: string; at: number };
}

export interface RememberedPlace {
  is: "filled" | "empty" | "file";
  /** Folders on the path, itself included, that were mounted disks. */
  mounts?: readonly string[];
}

/** The present state of a place. */
export interface FoundPlace {
  is: RememberedPlace["is"] | "absent" | "link" | "other" | "unreadable";
  /** The place that decides it: itself, or a folder above it that is absent, empty, a link or unreadable. */
  at: string;
  mounts?: readonly string[];
  /** The operating system's message for an unreadable one. */
  message?: string;
}

/** What the site data say apart from this memory. */
export interface Described {
  hierarchy: Hierarchy;
  units: readonly UnitSource[];
  servedBy: ReadonlyMap<string, readonly string[]>;
  /** Keys of packages whose description was read, including those assigned to no system. */
  described: ReadonlySet<string>;
  /** By site code. */
  sitePlaces: ReadonlyMap<string, readonly string[]>;
  problems: readonly Problem[];
}

export interface Compared {
  servedBy: Map<string, readonly string[]>;
  problems: Problem[];
  /** What to remember from now on: changed rows. */
  learned: Map<string, RememberedUnit>;
  gone: Gone[];
}

/** A place that existed, and is missing until it returns or an operator accepts that it is missing. */
export interface Gone {
  /** The highest one: what it holds is missing with it. */
  place: string;
  unit: string;
  /** Places of this unit that are missing with it. */
  places: readonly string[];
  message: string;
}

/** Not a unit: data of a site itself, which no rebuild reads. */
const SITE = "site/";

/** Every place whose state `compareWithMemory` needs. */
export function placesToLookAt(described: Described, remembered: ReadonlyMap<string, RememberedUnit>): Set<string> {
  return new Set([
    ...described.units.flatMap(({ places }) => places),
    ...[...remembered.values()].flatMap(({ places }) => Object.keys(places)),
    ...[...described.sitePlaces.values()].flat(),
  ]);
}

/**
 * What is missing counts as unreadable until an operator accepts it: its units are left out, and stay on the systems that served them. What
 * is read without a fault is learned.
 */
export function compareWithMemory(
  described: Described,
  remembered: ReadonlyMap<string, RememberedUnit>,
  found: ReadonlyMap<string, FoundPlace>,
): Compared {
  const compared: Compared = { servedBy: new Map(described.servedBy), problems: [...described.problems], learned: new Map(), gone: [] };
  const now = new Map(described.units.map((source) => [unitKey(source.unit), source.places]));
  for (const [key, row] of remembered) {
    const systems = systemsOf(key, row, described);
    const lost = lostPlaces(row, now.get(key) ?? [], found);
    if (lost.length === 0 || (systems.length === 0 && !key.startsWith(SITE))) continue;
    report(compared, key, lost);
    if (!key.startsWith(SITE)) compared.servedBy.set(key, systems);
  }
  const faulty = new Set(compared.problems.flatMap(({ unit, leftOut }) => (leftOut && unit !== undefined ? [unit] : [])));
  const learn = (key: string, places: readonly string[], systems: readonly string[]): void => {
    if (faulty.has(key) || compared.gone.some(({ unit }) => unit === key)) return;
    const row = { places: seenOf(places, found), systems };
    if (Object.keys(row.places).length > 0 && !isSame(row, remembered.get(key))) compared.learned.set(key, row);
  };
  for (const [key, places] of now) learn(key, places, described.servedBy.get(key) ?? []);
  for (const [code, places] of described.sitePlaces) learn(`${SITE}${code}`, places, []);
  for (const key of described.described) {
    const row = remembered.get(key);
    if (row && !now.has(key) && !compared.servedBy.has(key)) learn(key, Object.keys(row.places), []);
  }
  return compared;
}

/** Without what an operator accepted as missing; undefined: only that acceptance is left to remember. */
export function withoutPlaces(row: RememberedUnit, places: readonly string[], accepted: { by: string; at: number }): RememberedUnit {
  const left = Object.entries(row.places).filter(([place]) => !places.includes(place));
  // A unit that exists in part is described again at the next reading.
  return { places: Object.fromEntries(left), systems: left.length > 0 ? row.systems : [], accepted };
}

interface Lost {
  place: string;
  found: FoundPlace;
  was: RememberedPlace;
  mount?: string;
}

function lostPlaces({ places }: RememberedUnit, now: readonly string[], found: ReadonlyMap<string, FoundPlace>): Lost[] {
  const folds = new Set(now.map(foldName));
  return Object.entries(places).flatMap(([place, was]) => {
    const at = found.get(place);
    if (!at) return [];
    const mount = was.mounts?.find((mounted) => isUnmounted(mounted, at));
    // Copies of Windows shares do not preserve the case of names.
    const renamed = at.is === "absent" && !now.includes(place) && folds.has(foldName(place));
    if (renamed || (mount === undefined && remains(place, was, at))) return [];
    return [{ place, found: at, was, ...(mount === undefined ? {} : { mount }) }];
  });
}

function isUnmounted(mount: string, { is, at, mounts = [] }: FoundPlace): boolean {
  if (mounts.includes(mount)) return false;
  return at === mount ? is !== "absent" : at.startsWith(`${mount}/`);
}

function remains(place: string, was: RememberedPlace, { is, at }: FoundPlace): boolean {
  if (at !== place) return false;
  return was.is === "empty" ? is === "empty" || is === "filled" : is === was.is;
}

/** One problem for each cause. */
function report(compared: Compared, key: string, lost: readonly Lost[]): void {
  const told = new Set(lost.flatMap(({ place, found }) => [place, found.at]));
  const isSite = key.startsWith(SITE);
  compared.problems = compared.problems.filter(
    ({ unit, code, path }) => unit !== key || !(code === "SOURCE_MISSING" || (path !== undefined && told.has(path))),
  );
  for (const [place, same] of Map.groupBy(lost, ({ mount, found }) => mount ?? found.at)) {
    const [first] = same;
    if (!first) continue;
    const { code, message } = lossOf(place, first);
    compared.problems.push({ code, message, path: place, leftOut: !isSite, ...(isSite ? {} : { unit: key }) });
    if (code === "SOURCE_GONE") compared.gone.push({ place, unit: key, places: same.map((one) => one.place), message });
  }
}

function lossOf(place: string, { found, mount, was }: Lost): Pick<Problem, "code" | "message"> {
  const gone = (what: string): Pick<Problem, "code" | "message"> => ({
    code: "SOURCE_GONE",
    message: `${place} ${what}: bring it back (is its disk mounted?); if that is correct, accept it with 'sitewright source accept ${place}'`,
  });
  if (mount !== undefined) return gone("was a mounted disk, and none is mounted there now");
  switch (found.is) {
    case "unreadable":
      return { code: "SOURCE_UNREADABLE", message: `${place} cannot be read: ${found.message ?? "the reason is unknown"}` };
    case "link":
      return { code: "SOURCE_LINK", message: `${place} is a link: put what it leads to there itself, or mount its disk there` };
    case "absent":
      return gone("was there and is gone");
    case "empty":
      return gone(was.is === "file" ? "was a file and is a folder" : "was filled and is empty");
    case "file":
    case "filled":
    case "other":
      return { code: "SOURCE_KIND", message: `${place} must be a ${was.is === "file" ? "file" : "folder"}, as it was` };
  }
}

/** The systems that should serve a unit: for a package that is not described any more, those that served it and still exist. */
function systemsOf(key: string, row: RememberedUnit, { hierarchy, servedBy, described }: Described): readonly string[] {
  const known = servedBy.get(key);
  if (known || described.has(key)) return known ?? [];
  const unit = parseUnitKey(key);
  if (!unit) return [];
  const serves = (name: string): boolean => hierarchy.systems.get(name)?.roles.includes(unit.role) === true;
  if (packageOf(unit) !== undefined) return row.systems.filter(serves);
  const site = siteOf(unit);
  return [...hierarchy.systems.values()].flatMap((system) => (system.site === site && serves(system.name) ? [system.name] : [])).toSorted();
}

function seenOf(places: readonly string[], found: ReadonlyMap<string, FoundPlace>): Record<string, RememberedPlace> {
  return Object.fromEntries(
    places.flatMap((place): [string, RememberedPlace][] => {
      const at = found.get(place);
      if (!at || at.at !== place || (at.is !== "filled" && at.is !== "empty" && at.is !== "file")) return [];
      return [[place, { is: at.is, ...(at.mounts && at.mounts.length > 0 ? { mounts: at.mounts } : {}) }]];
    }),
  );
}

function isSame(a: RememberedUnit, b: RememberedUnit | undefined): boolean {
  return b !== undefined && b.accepted === undefined && JSON.stringify(a) === JSON.stringify({ places: b.places, systems: b.systems });
}
