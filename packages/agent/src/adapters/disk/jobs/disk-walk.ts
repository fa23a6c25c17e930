import { SitewrightError } from "@sitewright/protocol";
import type { WalkAsk, WalkCursor, WalkPart } from "../../../app/ports/disk.ts";
import { addToColumns, emptyColumns } from "../../../app/inspect/found-columns.ts";
import type { Anchor } from "../anchor.ts";
import { diskError, isAbsent, systemCode } from "../disk-error.ts";
import { ownTarget } from "../own-links.ts";
import { isPlainName, linkTarget, namesIn } from "./disk-names.ts";
import { nameOf, parentOf } from "./place-rules.ts";
import { platform } from "../platform/platform.ts";
import type { EntryKind, OpenFolder } from "../platform/port.ts";
import { openLevel, resumeLevel, type OpenLevel } from "./walk-level.ts";

/** One entry with its attributes. */
export interface Look<Facts extends EntryKind> {
  /** Below the path of the walk; "" is that path itself. */
  path: string;
  kind: EntryKind["kind"];
  /** Undefined for a name that is not UTF-8, which is foreign, and for an unreadable entry. */
  facts?: Facts;
  target?: string;
}

export interface Walk<Facts extends EntryKind> {
  next(): Look<Facts> | undefined;
  park(): WalkCursor;
}

/** The next entries at and below `path`, at most `most` of them, in the order of a manifest. */
export function walkPart(anchor: Anchor, { path, most, except = [], cursor }: WalkAsk, check: () => void): WalkPart {
  const walk = openWalk(anchor, { path, from: cursor?.map(resumeLevel), except: new Set(except) }, platform.look, check);
  const found = emptyColumns();
  const uid = platform.account()?.uid ?? 0;
  for (let count = 0; count < most; count++) {
    const look = walk.next();
    if (!look) return { found };
    const { facts } = look;
    addToColumns(found, {
      path: look.path,
      kind: look.kind,
      mode: facts?.mode ?? 0,
      size: facts?.size ?? 0,
      modified: facts?.modified ?? 0,
      identity: facts?.identity ?? "",
      names: facts?.names ?? 1,
      ours: facts?.uid === uid,
      ...(look.target === undefined ? {} : { target: look.target }),
    });
  }
  return { found, next: walk.park() };
}

interface WalkedTree {
  path: string;
  /** Where to continue; absent: at the top. */
  from?: OpenLevel[] | undefined;
  /** Left out, with everything in them. Below `path`. */
  except: ReadonlySet<string>;
}

/**
 * Depth first: a folder before what it holds, siblings by their UTF-16 code units. Entries that vanish meanwhile and excepted ones are left
 * out. A folder that cannot be listed counts as foreign.
 * @param read Reads the attributes of a name in a folder.
 */
export function openWalk<Facts extends EntryKind>(
  anchor: Anchor,
  { path, from, except }: WalkedTree,
  read: (folder: OpenFolder, name: string) => Facts,
  check: () => void,
): Walk<Facts> {
  const levels = from ?? [];
  /** The folder that was listed or continued last, for `node:fs`. */
  let open: { folder: string; opened: OpenFolder } | undefined;
  let first = from === undefined;

  /** False if it cannot be read. */
  function enter(folder: string): boolean {
    try {
      const names = readFolder(anchor, joinPath(path, folder));
      if (names.length > 0) levels.push(openLevel(folder, names.sort()));
      return true;
    } catch (error) {
      if (error instanceof SitewrightError && isClosed(error.cause)) return false;
      throw error;
    } finally {
      anchor.trim();
    }
  }

  function openAt(folder: string): OpenFolder {
    if (open?.folder !== folder) open = { folder, opened: anchor.open(joinPath(path, folder)) };
    return open.opened;
  }

  function look(below: string, name: string, within: () => OpenFolder): Look<Facts> | undefined {
    if (!isPlainName(name)) return { path: below, kind: "other" };
    try {
      const folder = within();
      const facts = read(folder, name);
      const { kind } = facts;
      const own = kind === "link" && below === "" ? ownTarget(anchor.root, `${folder.at}/${name}`) : undefined;
      if (own !== undefined) return look("", nameOf(own), () => anchor.open(parentOf(own)));
      return kind === "link" ? { path: below, kind, facts, target: linkTarget(`${folder.at}/${name}`) } : { path: below, kind, facts };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      if (isClosed(error)) return { path: below, kind: "other" };
      throw diskError(error, anchor.root, joinPath(path, below));
    }
  }

  function following(): Look<Facts> | undefined | "gone" {
    if (first) {
      first = false;
      return look("", nameOf(path) || ".", () => anchor.open(parentOf(path)));
    }
    const level = levels.at(-1);
    if (!level) return undefined;
    const name = level.next();
    if (name === undefined) {
      levels.pop();
      return "gone";
    }
    const below = joinPath(level.folder, name);
    return except.size > 0 && except.has(below) ? "gone" : (look(below, name, () => openAt(level.folder)) ?? "gone");
  }

  return {
    next() {
      for (;;) {
        check();
        const found = following();
        if (found === "gone") continue;
        if (found?.kind !== "folder") return found;
        open = undefined; // `enter` may close it
        return enter(found.path) ? found : { path: found.path, kind: "other" };
      }
    },
    park: () => levels.map((level) => level.park()),
  };
}

function isClosed(error: unknown): boolean {
  return ["EACCES", "EPERM"].includes(systemCode(error) ?? "");
}

/** Nothing if the folder is missing. */
export function readFolder(anchor: Anchor, path: string): string[] {
  try {
    return namesIn(anchor.folder(path));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw diskError(error, anchor.root, path);
  }
}

function joinPath(path: string, below: string): string {
  return below === "" ? path : path === "" ? below : `${path}/${below}`;
}
