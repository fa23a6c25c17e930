import { lstatSync, readlinkSync, realpathSync, type BigIntStats, readdirSync } from "node:fs";
import { join } from "node:path";
import { comparePaths, foldName, LIMITS, nameFault } from "@sitewright/protocol";
import type { UnitSource } from "../../../domain/sites/hierarchy.ts";
import { isMadeByDisk, LOST_FOUND } from "../../files/lost-found.ts";
import { LARGEST_FILE, tooLarge } from "../hash-file.ts";
import { linkFault } from "./link-fault.ts";
import { read, type FaultList } from "./source-fault.ts";

/** What the decoder substitutes for invalid UTF-8. */
const REPLACEMENT = "\ufffd";

/** The valid names in one folder, in the order of a manifest. */
function folderNames(real: string, place: { path: string; source: string }, faults: FaultList): string[] {
  let names = readdirSync(real);
  if (names.some((name) => name.includes(REPLACEMENT))) names = decodedNames(real, place.source, faults);
  if (names.includes(LOST_FOUND) && isMadeByDisk(`${real}/${LOST_FOUND}`)) names = names.filter((name) => name !== LOST_FOUND);
  names.sort(); // by UTF-16 code units, as `comparePaths` does
  const room = LIMITS.path - Buffer.byteLength(place.path) - 1;
  const folds = new Map<string, string>();
  return names.filter((name) => {
    const source = `${place.source}/${name}`;
    const fault = nameFault(name);
    if (fault) faults.add("SOURCE_NAME", source, `the name ${fault}: rename it`);
    const fold = foldName(name);
    const twin = folds.get(fold);
    if (twin !== undefined) {
      faults.add("SOURCE_NAME", source, `it is one name with ${twin} where case and accents are not distinguished: rename one of them`);
    }
    folds.set(fold, name);
    const fits = name.length * 3 <= room || Buffer.byteLength(name) <= room;
    if (!fits) faults.add("SOURCE_NAME", source, "the name makes the path too long: rename it");
    return fits;
  });
}

function decodedNames(real: string, source: string, faults: FaultList): string[] {
  return readdirSync(real, { encoding: "buffer" }).flatMap((raw) => {
    const name = decodeName(raw);
    if (name !== undefined) return [name];
    faults.add("SOURCE_NAME", `${source}/${raw.toString("latin1")}`, "the name is not valid UTF-8: rename it");
    return [];
  });
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Undefined when the bytes are not UTF-8. */
function decodeName(raw: Uint8Array): string | undefined {
  try {
    return decoder.decode(raw);
  } catch {
    return undefined;
  }
}

/** One entry below the owned folders of a unit, as it was on the disk at one moment. */
export interface SourceEntry {
  kind: "folder" | "file" | "link";
  /** In the manifest. */
  path: string;
  /** Below the site data. */
  source: string;
  stats: BigIntStats;
  /** Of a link. */
  target?: string;
}

/** Of the entries directly in an owned folder, every n-th with all below it. */
export interface Share {
  number: number;
  of: number;
}

const WHOLE: Share = { number: 0, of: 1 };

/** A folder that the walk is in. */
interface Level {
  path: string;
  source: string;
  names: string[];
  next: number;
}

/**
 * Walks the owned folders of a unit in the order of a manifest and never follows a link. Keeps only the names in the folders that are open.
 * Throws `SourceMoved` when an entry vanishes.
 * @param root Site data, as its real path.
 * @param faults Collects what is refused.
 */
export function* walkSource(root: string, owned: UnitSource["owned"], faults: FaultList, share = WHOLE): Generator<SourceEntry> {
  for (const top of owned.toSorted((a, b) => comparePaths(a.path, b.path))) {
    const { path, source } = top;
    const real = join(root, ...source.split("/"));
    const stats = read(faults, source, () => {
      if (realpathSync.native(real) === real) return lstatSync(real, { bigint: true });
      faults.add("SOURCE_LINK", source, "it is a link or lies behind one: put the folder itself here");
      return undefined;
    });
    if (!stats) continue;
    if (top.kind === "folder" ? !stats.isDirectory() : !stats.isFile()) faults.add("SOURCE_KIND", source, `it must be a ${top.kind}`);
    else if (top.kind === "folder") yield* walkFolder(root, top, faults, share);
    else if (share.number === 0) yield fileEntry(path, source, stats, faults);
  }
}

/** The place of an entry: in the manifest, and below the site data. */
type Place = Pick<SourceEntry, "path" | "source">;

function* walkFolder(root: string, top: Place, faults: FaultList, { number, of }: Share): Generator<SourceEntry> {
  const first = openLevel(root, top, faults);
  // Iterative, because folders nest deeper than generators can delegate.
  const levels: Level[] = [{ ...first, names: first.names.filter((_, i) => i % of === number) }];
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    const name = level.names[level.next++];
    if (name === undefined) {
      levels.pop();
      continue;
    }
    const place = { path: `${level.path}/${name}`, source: `${level.source}/${name}` };
    const entry = read(faults, place.source, () => look(root, place, top.path, faults));
    if (!entry) continue;
    yield entry;
    if (entry.kind === "folder") levels.push(openLevel(root, entry, faults));
  }
}

function openLevel(root: string, { path, source }: Place, faults: FaultList): Level {
  const names = read(faults, source, () => folderNames(`${root}/${source}`, { path, source }, faults)) ?? [];
  return { path, source, names, next: 0 };
}

function look(root: string, { path, source }: Place, top: string, faults: FaultList): SourceEntry | undefined {
  const real = `${root}/${source}`;
  const stats = lstatSync(real, { bigint: true });
  if (stats.isFile()) return fileEntry(path, source, stats, faults);
  if (stats.isDirectory()) return { kind: "folder", path, source, stats };
  if (stats.isSymbolicLink()) {
    const target = decodeName(readlinkSync(real, { encoding: "buffer" }));
    const fault = linkFault(path, target, top);
    if (fault) faults.add("SOURCE_LINK", source, fault);
    return { kind: "link", path, source, stats, target: target ?? "" };
  }
  const kind = stats.isSocket() ? "a socket" : stats.isFIFO() ? "a pipe" : "a device";
  faults.add("SOURCE_KIND", source, `it is ${kind}: only folders, files and links can be carried`);
  return undefined;
}

function fileEntry(path: string, source: string, stats: BigIntStats, faults: FaultList): SourceEntry {
  if (stats.size > LARGEST_FILE) faults.add("SOURCE_TOO_LARGE", source, tooLarge(stats.size));
  return { kind: "file", path, source, stats };
}
