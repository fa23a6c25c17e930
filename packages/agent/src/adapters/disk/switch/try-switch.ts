import { accessSync, constants, lstatSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { SitewrightError } from "@sitewright/protocol";
import type { SwitchRow } from "../../../app/ports/stores.ts";
import type { Anchor } from "../anchor.ts";
import { isAbsent, systemCode } from "../disk-error.ts";
import { platform } from "../platform/platform.ts";
import { removeTree } from "../jobs/disk-remove.ts";

/**
 * Tries for every row of a switch whether the entries at its names can be moved, before the first one is. A folder cannot replace a
 * non-empty one: the system checks that last, after rights in both parents, the sticky bit, flags, mount points and overlay layers. Any
 * other refusal is the one that the exchange would get. Throws `SWITCH_BLOCKED`.
 */
export function trySwitch(anchor: Anchor, folder: string, rows: readonly SwitchRow[]): void {
  if (!platform.mountOf) return;
  const trial = `${folder}/trial`;
  anchor.makeFolders(`${trial}/full/x`, 0o700);
  try {
    const refusals = refusalsHere(anchor, trial);
    if (!refusals) return;
    const mount = mountOf(anchor, folder);
    for (const row of rows) {
      const held = `${folder}/${row.place}`;
      for (const path of [row.path, held, `${held}.out`]) tryPath(anchor, trial, { row, path, refusals, mount });
    }
  } finally {
    removeTree(anchor, trial, [], () => {});
  }
}

/** Errors for a move onto a non-empty folder, for a folder and for anything else. */
interface Refusals {
  folder: string;
  other: string;
}

/** Undefined where the file system permits such a move, so that a trial shows nothing. */
function refusalsHere(anchor: Anchor, trial: string): Refusals | undefined {
  anchor.makeFolders(`${trial}/folder`, 0o700);
  writeFileSync(anchor.place(`${trial}/other`), "", { mode: 0o600 });
  const folder = refusalOf(anchor, trial, `${trial}/folder`);
  const other = refusalOf(anchor, trial, `${trial}/other`);
  return folder !== undefined && other !== undefined ? { folder, other } : undefined;
}

/** The system's error code; undefined when it was moved after all: it has been moved back then. */
function refusalOf(anchor: Anchor, trial: string, path: string): string | undefined {
  const [from, to] = [anchor.place(path), anchor.place(`${trial}/full`)];
  try {
    renameSync(from, to);
  } catch (error) {
    return systemCode(error) ?? "UNKNOWN";
  }
  renameSync(to, from);
  return undefined;
}

interface Trial {
  row: SwitchRow;
  path: string;
  refusals: Refusals;
  /** Of the folder of the switch. */
  mount: string;
}

function tryPath(anchor: Anchor, trial: string, { row, path, refusals, mount }: Trial): void {
  const stat = statAt(anchor, path);
  if (!stat) {
    if (path === row.path && row.in !== undefined) tryParent(anchor, path, mount);
    return;
  }
  const code = refusalOf(anchor, trial, path);
  if (code === undefined) throw blocked(anchor, path, "its file system lets a folder replace another one that is not empty");
  if (code !== refusals[stat.isDirectory() ? "folder" : "other"])
    throw blocked(anchor, path, reasonOf(code, mountOf(anchor, path) !== mount));
  // The mount point of a file is checked only after that refusal.
  if (!stat.isDirectory() && mountOf(anchor, path) !== mount) throw blocked(anchor, path, reasonOf("EBUSY", true));
}

/** If nothing is there, the name has to be created: in the next existing folder above. */
function tryParent(anchor: Anchor, path: string, mount: string): void {
  const parent = dirname(path) === "." ? "" : dirname(path);
  if (parent !== "" && !statAt(anchor, parent)) return tryParent(anchor, parent, mount);
  try {
    accessSync(`${anchor.folder(parent)}/.`, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw error instanceof SitewrightError ? error : blocked(anchor, parent, reasonOf(systemCode(error) ?? "UNKNOWN", false));
  }
  if (mountOf(anchor, parent) !== mount) throw blocked(anchor, parent, reasonOf("EXDEV", true));
}

function statAt(anchor: Anchor, path: string): ReturnType<typeof lstatSync> {
  try {
    return lstatSync(anchor.place(path));
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function mountOf(anchor: Anchor, path: string): string {
  return platform.mountOf?.(path === "" ? `${anchor.folder("")}/.` : anchor.place(path)) ?? "";
}

function reasonOf(code: string, isOtherMount: boolean): string {
  if (code === "EBUSY" || isOtherMount) return "something is mounted there: unmount it, or mount the whole role root in its place";
  if (code === "EACCES")
    return `the agent's user (${platform.account()?.uid ?? "unknown"}) may not write to it or to the folder around it: give it both`;
  if (code === "EPERM")
    return "it is immutable or append-only (see lsattr), or of another owner in a folder with the sticky bit: take that away";
  if (code === "EXDEV") return "it lies in a lower layer of an overlay, which lets no folder out: copy it, and put the copy in its place";
  if (code === "EROFS") return "its file system is mounted read-only";
  return `the system refuses to move it (${code})`;
}

function blocked(anchor: Anchor, path: string, why: string): SitewrightError {
  const place = join(anchor.root, path);
  const message = `${place} cannot be exchanged: ${why}. What is served is left as it is; run it again afterwards`;
  return new SitewrightError("SWITCH_BLOCKED", message, { path: place });
}
