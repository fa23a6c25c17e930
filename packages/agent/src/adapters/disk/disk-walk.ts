import { lstatSync, readdirSync, readlinkSync, type BigIntStats } from "node:fs";
import type { WalkAsk, WalkCursor, WalkPart } from "../../app/units/disk-ports.ts";
import { addToColumns, emptyColumns } from "../../app/units/found-columns.ts";
import { identityOf } from "../../domain/file-identity.ts";
import type { Anchor } from "./anchored.ts";
import { diskError, isAbsent } from "./disk-error.ts";
import { openLevel, resumeLevel, type OpenLevel } from "./walk-level.ts";

/** One entry and the stat behind it. */
export interface Look {
  /** Below the path of the walk; "" is that itself. */
  path: string;
  kind: "folder" | "file" | "link" | "other";
  /** Missing for a name that is no Unicode: it cannot be ours, nor be opened by what was made of it. */
  stat?: BigIntStats;
  target?: string;
}

export interface Walk {
  next(): Look | undefined;
  park(): WalkCursor;
}

/** The next entries at and below `path`, at most `most` of them, in the order of a manifest. */
export function walkPart(anchor: Anchor, { path, most, except = [], cursor }: WalkAsk, check: () => void): WalkPart {
  const walk = openWalk(anchor, path, cursor ? cursor.map(resumeLevel) : "the top", new Set(except), check);
  const found = emptyColumns();
  const uid = BigInt(process.geteuid?.() ?? 0);
  const gid = BigInt(process.getegid?.() ?? 0);
  for (let count = 0; count < most; count++) {
    const look = walk.next();
    if (!look) return { found };
    const { stat } = look;
    addToColumns(found, {
      path: look.path,
      kind: look.kind,
      mode: stat ? Number(stat.mode) & 0o7777 : 0,
      size: stat ? Number(stat.size) : 0,
      modified: stat ? Math.round(Number(stat.mtimeNs / 1000n) / 1000) : 0,
      identity: stat ? identityOf(stat) : "",
      names: stat ? Number(stat.nlink) : 1,
      ours: stat !== undefined && stat.uid === uid && stat.gid === gid,
      ...(look.target === undefined ? {} : { target: look.target }),
    });
  }
  return { found, next: walk.park() };
}

/** Depth first: a folder before what it holds, siblings by their UTF-16 code units. What goes away meanwhile is not there, nor is what is excepted. */
export function openWalk(
  anchor: Anchor,
  path: string,
  from: OpenLevel[] | "the top",
  except: ReadonlySet<string>,
  check: () => void,
): Walk {
  const levels = from === "the top" ? [] : from;
  /** Of the folder that was listed or gone on with last, for `node:fs`. */
  let open = { folder: "", at: "" };
  let first = from === "the top";

  function enter(folder: string): void {
    const names = readFolder(anchor, joinPath(path, folder));
    if (names.length > 0) levels.push(openLevel(folder, names.sort()));
    anchor.trim();
  }

  function placeOf(folder: string, name: string): string {
    if (open.at === "" || open.folder !== folder) open = { folder, at: anchor.folder(joinPath(path, folder)) };
    return `${open.at}/${name}`;
  }

  function look(below: string, place: () => string): Look | undefined {
    if (below.includes("\ufffd")) return { path: below, kind: "other" };
    try {
      const at = place();
      const stat = lstatSync(at, { bigint: true });
      const kind = kindOf(stat);
      return kind === "link" ? { path: below, kind, stat, target: readlinkSync(at) } : { path: below, kind, stat };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw diskError(error, anchor.root, joinPath(path, below));
    }
  }

  function following(): Look | undefined | "gone" {
    if (first) {
      first = false;
      return look("", () => (path === "" ? `${anchor.folder("")}/.` : anchor.place(path)));
    }
    const level = levels.at(-1);
    if (!level) return undefined;
    const name = level.next();
    if (name === undefined) {
      levels.pop();
      return "gone";
    }
    const below = joinPath(level.folder, name);
    return except.has(below) ? "gone" : (look(below, () => placeOf(level.folder, name)) ?? "gone");
  }

  return {
    next() {
      for (;;) {
        check();
        const found = following();
        if (found === "gone") continue;
        if (found?.kind === "folder") {
          enter(found.path);
          open = { folder: "", at: "" }; // `enter` may have closed it
        }
        return found;
      }
    },
    park: () => levels.map((level) => level.park()),
  };
}

/** Nothing for a folder that is not there. */
export function readFolder(anchor: Anchor, path: string): string[] {
  try {
    return readdirSync(anchor.folder(path));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw diskError(error, anchor.root, path);
  }
}

function kindOf(stat: BigIntStats): Look["kind"] {
  if (stat.isFile()) return "file";
  if (stat.isDirectory()) return "folder";
  return stat.isSymbolicLink() ? "link" : "other";
}

function joinPath(path: string, below: string): string {
  return below === "" ? path : path === "" ? below : `${path}/${below}`;
}
