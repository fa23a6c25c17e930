import { chmodSync, closeSync, lstatSync, mkdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import type { Inode } from "../../domain/tree/file-identity.ts";
import { isAbsent } from "./disk-error.ts";
import { LIVE_FOLDERS, ownTarget } from "./own-links.ts";
import { platform } from "./platform/platform.ts";
import type { OpenFolder } from "./platform/port.ts";
import { isOwnFolder, proveOwnFolder } from "./roots/own-folder.ts";

/**
 * Access below a role root that never follows a symbolic link, including one planted during the access, except those of the agent itself,
 * which lead to a folder of its own. The platform opens every folder of a path inside the one above it.
 */
export interface Anchor {
  readonly root: string;
  /** Opens a folder for several look-ups in it. Throws as `folder` does. */
  open(path: string): OpenFolder;
  /**
   * A path for `node:fs` calls that denotes this folder. Throws `LINK_IN_PATH`, ENOENT or ENOTDIR, and `OWN_FOLDER_UNSAFE` for a folder of
   * the agent.
   */
  folder(path: string): string;
  /** A path for `node:fs` calls that denotes this name; the name itself may be a link, or absent. */
  place(path: string): string;
  /** Creates the missing folders of `path`; returns the created ones. */
  makeFolders(path: string, mode: number): string[];
  setMode(folder: string, mode: number): void;
  /** Closes folders opened long ago. To be called between two pieces of work, never while a path of `place` is in use. */
  trim(): void;
  close(): void;
}

const OPEN_FOLDERS = 128;

export function openAnchor(root: string): Anchor {
  /** The most recently used at the end. */
  const open = new Map<string, OpenFolder>();
  /** That one: most calls are for it. */
  let last: { path: string; folder: OpenFolder } | undefined;

  function openAt(path: string): OpenFolder {
    if (last?.path === path) return last.folder;
    const known = open.get(path);
    if (known) {
      open.delete(path);
      return keep(path, known);
    }
    const slash = path.lastIndexOf("/");
    const at = path === "" ? root : join(folder(path.slice(0, Math.max(slash, 0))), path.slice(slash + 1));
    const opened = openName(at, path);
    if (isOwnFolder(path)) proveOrClose(opened, path);
    return keep(path, opened);
  }

  function proveOrClose(opened: OpenFolder, path: string): void {
    try {
      proveOwnFolder(opened, root, path);
    } catch (error) {
      if (opened.fd !== undefined) closeSync(opened.fd);
      throw error;
    }
  }

  function keep(path: string, folder: OpenFolder): OpenFolder {
    open.set(path, folder);
    last = { path, folder };
    return folder;
  }

  function openName(at: string, path: string): OpenFolder {
    try {
      return platform.openFolder(at, join(root, path));
    } catch (error) {
      const target = error instanceof SitewrightError && error.code === "LINK_IN_PATH" ? ownTarget(root, at) : undefined;
      if (target === undefined) throw error;
      return platform.openFolder(join(folder(LIVE_FOLDERS), basename(target)), join(root, path));
    }
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
        setMode(part, mode); // regardless of the umask
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
      if (last?.path === path) last = undefined;
      if (fd !== undefined) closeSync(fd);
    }
  }

  return { root, open: openAt, folder, place, makeFolders, setMode, trim: () => close(OPEN_FOLDERS), close };
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

/** Opens or creates a file below the root, as `openSync` does. @param mode Permissions of a created file. */
export function openBelow(anchor: Anchor, path: string, flags: number, mode?: number): number {
  const slash = path.lastIndexOf("/");
  return platform.open(anchor.open(path.slice(0, Math.max(slash, 0))), path.slice(slash + 1), flags, mode);
}

/** Devices of roots, as long as their anchors last. */
const devices = new WeakMap<Anchor, bigint>();

/** The path at which the content of a name is: another one if the name is a link of the agent. */
export function contentPath(anchor: Anchor, path: string): string {
  try {
    return ownTarget(anchor.root, anchor.place(path)) ?? path;
  } catch (error) {
    if (isAbsent(error)) return path; // with the folder that it was in
    throw error;
  }
}

/**
 * Device and inode of a path, or of the folder that a link of the agent leads to. For the root's own device the number is left out, because
 * it may change at a reboot.
 */
export function inodeAt(anchor: Anchor, path: string, fileOnly = false): Inode | undefined {
  try {
    let stat = lstatSync(anchor.place(path), { bigint: true });
    if (stat.isSymbolicLink()) stat = lstatSync(anchor.place(contentPath(anchor, path)), { bigint: true });
    if (fileOnly && !stat.isFile()) return undefined;
    return `${stat.dev === deviceOf(anchor) ? "" : stat.dev}:${stat.ino}`;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function deviceOf(anchor: Anchor): bigint {
  const known = devices.get(anchor);
  if (known !== undefined) return known;
  const { dev } = statSync(`${anchor.folder("")}/.`, { bigint: true });
  devices.set(anchor, dev);
  return dev;
}
