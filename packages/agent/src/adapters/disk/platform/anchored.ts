import { chmodSync, closeSync, constants, lstatSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { isAbsent, systemCode } from "../disk-error.ts";
import { isOwnFolder, proveOwnFolder } from "../roots/own-folder.ts";

/** Good until it is trimmed. */
export interface OpenFolder {
  /** A path for `node:fs` calls. */
  at: string;
  /** Linux only. */
  fd: number | undefined;
}

/**
 * Access below a role root that never goes through a symbolic link, also not through one that somebody plants meanwhile.
 * On Linux every folder on the way is opened with O_NOFOLLOW inside the one above it, and `/proc/self/fd/<fd>/<name>` is a
 * name inside the opened folder, wherever that has been moved to. Elsewhere each component is looked at with lstat, which leaves
 * a moment between the look and the use.
 */
export interface Anchor {
  readonly root: string;
  /** Opens a folder for looks into it. Throws as `folder` does. */
  open(path: string): OpenFolder;
  /** A path for `node:fs` calls that means this folder. Throws `LINK_IN_PATH`, ENOENT or ENOTDIR, and `OWN_FOLDER_UNSAFE` for one of ours. */
  folder(path: string): string;
  /** A path for `node:fs` calls that means this name; the name itself may be a link, or absent. */
  place(path: string): string;
  /** Makes the folders of `path` that are missing; returns those it made. */
  makeFolders(path: string, mode: number): string[];
  setMode(folder: string, mode: number): void;
  /** Closes folders opened long ago. To be called between two pieces of work, never while a path of `place` is in use. */
  trim(): void;
  close(): void;
}

export const ON_LINUX = process.platform === "linux";
/** Missing on some platforms, where 0 means: no such protection. */
export const NO_FOLLOW: number = constants.O_NOFOLLOW ?? 0;
/** Opens a name without the right to read it; Linux only. */
export const O_PATH = 0o10000000;
const OPEN_FOLDERS = 128;

export function openAnchor(root: string): Anchor {
  const open = new Map<string, OpenFolder>();

  function openAt(path: string): OpenFolder {
    const known = open.get(path);
    if (known) {
      open.delete(path);
      open.set(path, known);
      return known;
    }
    const slash = path.lastIndexOf("/");
    const at = path === "" ? root : join(folder(path.slice(0, Math.max(slash, 0))), path.slice(slash + 1));
    const opened = openFolder(at, join(root, path));
    open.set(path, opened);
    if (isOwnFolder(path)) proveOwnFolder(opened, root, path);
    return opened;
  }

  const folder = (path: string): string => openAt(path).at;

  function place(path: string): string {
    const slash = path.lastIndexOf("/");
    return join(folder(path.slice(0, Math.max(slash, 0))), path.slice(slash + 1));
  }

  function makeFolders(path: string, mode: number): string[] {
    const made: string[] = [];
    const names = path.split("/");
    for (let depth = 1; depth <= names.length; depth++) {
      const part = names.slice(0, depth).join("/");
      try {
        folder(part);
      } catch (error) {
        if (!isAbsent(error)) throw error;
        mkdirSync(place(part), { mode });
        setMode(part, mode); // whatever the umask took away
        made.push(part);
      }
    }
    return made;
  }

  function setMode(path: string, mode: number): void {
    chmodSync(folder(path), mode);
  }

  function close(most = 0): void {
    for (const [path, { fd }] of open) {
      if (open.size <= most) break;
      open.delete(path);
      if (fd !== undefined) closeSync(fd);
    }
  }

  return { root, open: openAt, folder, place, makeFolders, setMode, trim: () => close(OPEN_FOLDERS), close };
}

/** Opens one folder by a path whose parent is anchored; `name` is how errors call it. */
export function openFolder(at: string | Buffer, name: string): OpenFolder {
  if (!ON_LINUX) {
    const stat = lstatSync(at);
    if (stat.isSymbolicLink()) throw linkInPath(name);
    if (!stat.isDirectory()) throw Object.assign(new Error(`ENOTDIR: ${name} is no folder`), { code: "ENOTDIR" });
    return { at: at.toString(), fd: undefined };
  }
  try {
    const fd = openSync(at, O_PATH | constants.O_DIRECTORY | NO_FOLLOW);
    return { at: `/proc/self/fd/${fd}`, fd };
  } catch (error) {
    if (systemCode(error) === "ENOTDIR" && lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) throw linkInPath(name);
    throw error;
  }
}

/** Runs `work` with an anchor that is closed afterwards. */
export function withAnchor<T>(root: string, work: (anchor: Anchor) => T): T {
  const anchor = openAnchor(root);
  try {
    return work(anchor);
  } finally {
    anchor.close();
  }
}

function linkInPath(name: string): SitewrightError {
  return new SitewrightError("LINK_IN_PATH", `${name} is a symbolic link where a folder should be: it is not followed; remove it`, {
    path: name,
  });
}
