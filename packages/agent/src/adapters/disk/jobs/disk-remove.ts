import { chmodSync, closeSync, fstatSync, lstatSync, openSync, readdirSync, rmdirSync, unlinkSync, type BigIntStats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import type { RemoveAnswer } from "../../../app/ports/disk.ts";
import { identityOf, sameContentTimes, type FileIdentity } from "../../../domain/tree/file-identity.ts";
import type { Anchor } from "../anchor.ts";
import { diskError, isAbsent } from "../disk-error.ts";
import { mountOf } from "../mount-of.ts";
import { isServed, LIVE_FOLDERS, ownTarget } from "../own-links.ts";
import { rawName } from "./disk-names.ts";
import { platform } from "../platform/platform.ts";
import { READ } from "../platform/port.ts";

interface Removal {
  anchor: Anchor;
  answer: RemoveAnswer;
  forget: ReadonlySet<string>;
  check: () => void;
  /** Where the agent's own folder is mounted. */
  mount: string;
  /** Why entries were left. */
  failures: SitewrightError[];
}

/**
 * Removes `path` whatever its permissions; links are removed, never followed, and what is mounted in it is not emptied. Links of the agent
 * are removed with the folders that they lead to, unless these are served. What cannot be removed keeps nothing else on the disk: its error is
 * thrown at the end.
 */
export function removeTree(anchor: Anchor, path: string, forget: readonly string[], check: () => void): RemoveAnswer {
  const answer: RemoveAnswer = { files: 0, touched: [] };
  let at: string;
  try {
    at = anchor.place(path);
  } catch (error) {
    if (isAbsent(error)) return answer;
    throw error;
  }
  const parent = dirname(at);
  const removal: Removal = {
    anchor,
    answer,
    forget: new Set(forget.map((name) => join(anchor.root, path, name))),
    check,
    mount: mountOf(`${parent}/.`),
    failures: [],
  };
  removeName({ parent, name: rawName(parent, basename(at)), shown: join(anchor.root, path), depth: 0 }, removal);
  const [failure] = removal.failures;
  if (failure) throw failure;
  return answer;
}

interface Removed {
  parent: string;
  /** Names are bytes here: clients may have left some that are not Unicode. */
  name: Buffer;
  /** For people. */
  shown: string;
  /** Below what is removed: what lies deeper than a generation's names is content. */
  depth: number;
}

/** Depth of the agent's links: a generation has them as its names. */
const OWN_LINKS = 1;

/** @returns False if something is left. */
function removeName({ parent, name, shown, depth }: Removed, removal: Removal): boolean {
  const { answer } = removal;
  const place = Buffer.concat([Buffer.from(`${parent}/`), name]);
  const stat = lstatSync(place, { bigint: true, throwIfNoEntry: false });
  if (!stat) return true;
  if (stat.isDirectory()) {
    if (!emptyFolder(place, { shown, depth }, removal)) return false;
    rmdirSync(place);
    return true;
  }
  const target = depth <= OWN_LINKS && stat.isSymbolicLink() ? ownTarget(removal.anchor.root, place) : undefined;
  if (target !== undefined && !isServed(removal.anchor, target)) {
    const parent = removal.anchor.folder(LIVE_FOLDERS);
    if (!removeName({ parent, name: Buffer.from(basename(target)), shown, depth: depth + 1 }, removal)) return false;
  }
  if (stat.isFile()) answer.files += 1;
  if (stat.isFile() && stat.nlink > 1n && !removal.forget.has(shown)) answer.touched.push(...unlinkShared(place, stat));
  else unlinkSync(place);
  return true;
}

/** @returns False if something is left in it. */
function emptyFolder(place: Buffer, { shown, depth }: Pick<Removed, "shown" | "depth">, removal: Removal): boolean {
  const folder = platform.openFolder(place, shown);
  let isEmpty = true;
  try {
    if (mountOf(`${folder.at}/.`) !== removal.mount)
      throw new SitewrightError("IO_ERROR", `something is mounted at ${shown}, which is not the agent's to empty: unmount it`, {
        path: shown,
      });
    const { mode } = folder.fd === undefined ? lstatSync(folder.at) : fstatSync(folder.fd);
    if ((mode & 0o700) !== 0o700) chmodSync(folder.at, 0o700);
    for (const name of readdirSync(folder.at, { encoding: "buffer" })) {
      const below = join(shown, name.toString());
      if (!tryToRemove({ parent: folder.at, name, shown: below, depth: depth + 1 }, removal)) isEmpty = false;
    }
  } finally {
    if (folder.fd !== undefined) closeSync(folder.fd);
  }
  return isEmpty;
}

function tryToRemove(removed: Removed, removal: Removal): boolean {
  removal.check();
  try {
    return removeName(removed, removal);
  } catch (error) {
    const failure = diskError(error, removed.shown, "");
    if (failure.code === "CANCELLED") throw failure;
    removal.failures.push(failure);
    return false;
  }
}

/** The content remains under another name; only its ctime changes, by this removal. */
function unlinkShared(place: Buffer, stat: BigIntStats): [FileIdentity, FileIdentity][] {
  let fd: number;
  try {
    fd = openSync(place, READ);
  } catch {
    unlinkSync(place);
    return [];
  }
  try {
    unlinkSync(place);
    const [before, after] = [identityOf(stat), platform.identityOfOpen(fd)];
    return sameContentTimes(before, after) ? [[before, after]] : []; // or another process wrote to it meanwhile
  } finally {
    closeSync(fd);
  }
}
