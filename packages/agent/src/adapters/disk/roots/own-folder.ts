import { chmodSync, closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { SitewrightError } from "@sitewright/protocol";
import { DEFAULT_ACL } from "../../../domain/rights/rights.ts";
import { OWN_FOLDER } from "../../../domain/unit-state.ts";
import { isAbsent } from "../disk-error.ts";
import { platform } from "../platform/platform.ts";
import type { OpenFolder } from "../platform/port.ts";

/** `.sitewright`, `.sitewright/staging`, the folder of a unit and of a generation; deeper levels are content. */
const DEPTH = 4;
const WRITABLE_FOR_OTHERS = 0o022;

export function isOwnFolder(path: string): boolean {
  return (path === OWN_FOLDER || path.startsWith(`${OWN_FOLDER}/`)) && path.split("/").length <= DEPTH;
}

/**
 * An account with write access to a role root could create the agent's folder first, and replace what is staged there by its own files. So
 * the folder is checked each time it is opened: it belongs to this account, and no other has write access. Throws `OWN_FOLDER_UNSAFE`.
 */
export function proveOwnFolder({ at, fd }: OpenFolder, root: string, path: string): void {
  const stat = fd === undefined ? lstatSync(at) : fstatSync(fd);
  const shown = join(root, path);
  if (!isOwnUid(root, stat.uid)) throw notOurs(shown, stat.uid);
  if ((stat.mode & WRITABLE_FOR_OTHERS) !== 0 && platform.account()) chmodSync(at, 0o700);
}

export function notOurs(shown: string, uid: number): SitewrightError {
  return new SitewrightError(
    "OWN_FOLDER_UNSAFE",
    `${shown} belongs to user ${uid}, not to the account of this agent: what lies there cannot be trusted. Remove it, or give it to the agent's account if that changed, then start the agent again`,
    { path: shown },
  );
}

/**
 * Staged entries get the agent's own rights, not those that the role root passes on, which they get where they go live.
 * @param anchor Of the role root.
 */
export function passNothingOn(anchor: { folder(path: string): string }): void {
  const list = (path: string) =>
    readdirSync(anchor.folder(path), { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [`${path}/${entry.name}`] : []));
  const kinds = list(OWN_FOLDER);
  for (const path of [OWN_FOLDER, ...kinds, ...kinds.flatMap(list)]) {
    try {
      dropDefaults(`${anchor.folder(path)}/.`);
    } catch (error) {
      if (!isAbsent(error)) throw error; // removals continue in the background
    }
  }
}

function dropDefaults(place: string): void {
  if (!platform.attributes.read(place).has(DEFAULT_ACL)) return;
  const fd = openSync(place, constants.O_RDONLY);
  try {
    platform.attributes.remove(fd, DEFAULT_ACL);
  } finally {
    closeSync(fd);
  }
}

const knownUids = new Map<string, number>();

/** Whether an owner below a role root is this account. A network file system may map it to another number, which a created file shows. */
export function isOwnUid(root: string, uid: number): boolean {
  const ours = platform.account()?.uid;
  if (ours === undefined || uid === ours) return true;
  let here = knownUids.get(root);
  if (here === undefined) {
    const probe = join(root, `${OWN_FOLDER}.${randomUUID()}`);
    mkdirSync(probe, { mode: 0o700 });
    here = lstatSync(probe).uid;
    rmdirSync(probe);
    knownUids.set(root, here);
  }
  return uid === here;
}
