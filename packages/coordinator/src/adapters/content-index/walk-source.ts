import { lstatSync, readdirSync, readlinkSync, realpathSync, type BigIntStats } from "node:fs";
import { join, sep } from "node:path";
import { comparePaths, foldName, isBelow, nameFault, parseTreePath, resolveLink, SitewrightError } from "@sitewright/protocol";
import type { UnitSource } from "../../domain/hierarchy.ts";
import type { SourceFault } from "./source-fault.ts";

/** One thing below the owned folders of a unit, as it lay on the disk at one moment. */
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

export interface Walk {
  /** In the order of a manifest. */
  entries: SourceEntry[];
  faults: SourceFault[];
  /** Something that vanished while it was being looked at. */
  vanished?: string;
}

/**
 * Walks the owned folders of a unit and never follows a link.
 * @param root Site data, as its real path.
 * @param tick Called for every entry; throws to stop.
 */
export function walkSource(root: string, owned: UnitSource["owned"], tick: () => void): Walk {
  const walk: Walk = { entries: [], faults: [] };
  for (const top of owned) {
    const at = { path: top.path, source: top.source, top: top.path, topReal: join(root, ...top.source.split("/")) };
    guarded(walk, at.source, () => {
      if (realpathSync.native(at.topReal) !== at.topReal) {
        walk.faults.push({ code: "SOURCE_LINK", path: at.source, message: "it is a link or lies behind one: put the folder itself here" });
        return;
      }
      const stats = lstatSync(at.topReal, { bigint: true });
      if (top.kind === "folder" ? !stats.isDirectory() : !stats.isFile()) {
        walk.faults.push({ code: "SOURCE_KIND", path: at.source, message: `it must be a ${top.kind}` });
        return;
      }
      if (top.kind === "folder") walkFolder(root, walk, at, tick);
      else addFile(walk, at, stats);
    });
  }
  walk.entries.sort((a, b) => comparePaths(a.path, b.path));
  return walk;
}

interface Place {
  path: string;
  source: string;
  /** Wire path and real path of the owned folder. */
  top: string;
  topReal: string;
}

function walkFolder(root: string, walk: Walk, folder: Place, tick: () => void): void {
  const folds = new Map<string, string>();
  for (const raw of readdirSync(join(root, folder.source), { encoding: "buffer" })) {
    tick();
    const name = decodeName(raw);
    if (name === undefined) {
      walk.faults.push({
        code: "SOURCE_NAME",
        path: `${folder.source}/${raw.toString("latin1")}`,
        message: "the name is not valid UTF-8: rename it",
      });
      continue;
    }
    const at = { ...folder, path: `${folder.path}/${name}`, source: `${folder.source}/${name}` };
    const fault = nameFault(name) ?? pathFault(at.path);
    if (fault) walk.faults.push({ code: "SOURCE_NAME", path: at.source, message: `the name ${fault}: rename it` });
    const twin = folds.get(foldName(name));
    if (twin !== undefined)
      walk.faults.push({
        code: "SOURCE_NAME",
        path: at.source,
        message: `it is one name with ${twin} where case and accents are not told apart: rename one of them`,
      });
    folds.set(foldName(name), name);
    guarded(walk, at.source, () => addEntry(root, walk, at, tick));
  }
}

function addEntry(root: string, walk: Walk, at: Place, tick: () => void): void {
  const real = join(root, at.source);
  const stats = lstatSync(real, { bigint: true });
  if (stats.isDirectory()) {
    walk.entries.push({ kind: "folder", path: at.path, source: at.source, stats });
    walkFolder(root, walk, at, tick);
  } else if (stats.isFile()) {
    addFile(walk, at, stats);
  } else if (stats.isSymbolicLink()) {
    const target = decodeName(readlinkSync(real, { encoding: "buffer" }));
    const fault = linkFault(real, at, target);
    if (fault) walk.faults.push({ code: "SOURCE_LINK", path: at.source, message: fault });
    walk.entries.push({ kind: "link", path: at.path, source: at.source, stats, target: target ?? "" });
  } else {
    const kind = stats.isSocket() ? "a socket" : stats.isFIFO() ? "a pipe" : "a device";
    walk.faults.push({ code: "SOURCE_KIND", path: at.source, message: `it is ${kind}: only folders, files and links can be carried` });
  }
}

function addFile(walk: Walk, at: Place, stats: BigIntStats): void {
  walk.entries.push({ kind: "file", path: at.path, source: at.source, stats });
}

function pathFault(path: string): string | undefined {
  try {
    parseTreePath(path);
    return undefined;
  } catch {
    return "makes the path too long";
  }
}

/** By its text a link must stay inside its owned folder, and also where it really leads: a link on its way may lead elsewhere. */
function linkFault(real: string, at: Place, target: string | undefined): string | undefined {
  if (target === undefined) return "it links to a name that is not valid UTF-8";
  try {
    resolveLink(at.path, target, at.top);
  } catch {
    return `it links to ${target}, outside of what it belongs to: put a copy here`;
  }
  try {
    // The native one: Node's own reads "link/.." as no step at all, where the system goes to where the link leads first.
    const leadsTo = realpathSync.native(real);
    return isBelow(leadsTo.split(sep).join("/"), at.topReal.split(sep).join("/"))
      ? undefined
      : `it leads to ${leadsTo}, outside of what it belongs to: put a copy here`;
  } catch {
    return undefined; // It dangles inside its own folder: clients see on their side what they see here.
  }
}

/** Turns what the file system refuses into a fault, or into a sign that somebody is at work here. */
function guarded(walk: Walk, source: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof SitewrightError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") walk.vanished = source;
    else walk.faults.push({ code: "SOURCE_UNREADABLE", path: source, message: `it cannot be read: ${message}` });
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeName(raw: Uint8Array): string | undefined {
  try {
    return decoder.decode(raw);
  } catch {
    return undefined;
  }
}

/** The first place where two walks of one unit differ, or undefined when nothing moved between them. */
export function firstDifference(before: readonly SourceEntry[], after: readonly SourceEntry[]): string | undefined {
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    const a = before[i];
    const b = after[i];
    if (!a || !b) return (a ?? b)?.source;
    const same =
      a.path === b.path &&
      a.kind === b.kind &&
      a.target === b.target &&
      a.stats.mode === b.stats.mode &&
      (a.kind !== "file" || sameFile(a.stats, b.stats));
    if (!same) return comparePaths(a.path, b.path) <= 0 ? a.source : b.source;
  }
  return undefined;
}

export function sameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.ino === b.ino;
}
