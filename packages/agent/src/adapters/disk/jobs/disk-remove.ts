import { chmodSync, closeSync, fstatSync, lstatSync, openSync, readdirSync, rmdirSync, unlinkSync, type BigIntStats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import type { RemoveAnswer } from "../../../app/ports/disk.ts";
import { identityOf, sameContentTimes, type FileIdentity } from "../../../domain/tree/file-identity.ts";
import type { Anchor } from "../anchor.ts";
import { isAbsent } from "../disk-error.ts";
import { isServed, LIVE_FOLDERS, ownTarget } from "../own-links.ts";
import { rawName } from "./disk-names.ts";
import { platform } from "../platform/platform.ts";
import { READ } from "../platform/port.ts";

interface Removal {
  anchor: Anchor;
  answer: RemoveAnswer;
  forget: ReadonlySet<string>;
  check: () => void;
}

/**
 * Removes `path` whatever its permissions; links are removed, never followed, and a mounted file system is not emptied. Links of the agent
 * are removed with the folders that they lead to, unless these are served.
 */
export function removeTree(anchor: Anchor, path: string, forget: readonly string[], check: () => void): RemoveAnswer {
  const answer: RemoveAnswer = { files: 0, touched: [] };
  const removal: Removal = { anchor, answer, forget: new Set(forget.map((name) => join(anchor.root, path, name))), check };
  let at: string;
  try {
    at = anchor.place(path);
  } catch (error) {
    if (isAbsent(error)) return answer;
    throw error;
  }
  removeName({ parent: dirname(at), name: rawName(dirname(at), basename(at)), shown: join(anchor.root, path), depth: 0 }, removal);
  return answer;
}

interface Removed {
  parent: string;
  /** Names are bytes here: clients may have left some that are not Unicode. */
  name: Buffer;
  /** Of the folder above, if it belongs to the agent too. */
  device?: bigint;
  /** For people. */
  shown: string;
  /** Below what is removed: what lies deeper than a generation's names is content. */
  depth: number;
}

/** Depth of the agent's links: a generation has them as its names. */
const OWN_LINKS = 1;

function removeName({ parent, name, device, shown, depth }: Removed, removal: Removal): void {
  const { answer } = removal;
  removal.check();
  const place = Buffer.concat([Buffer.from(`${parent}/`), name]);
  const stat = lstatSync(place, { bigint: true, throwIfNoEntry: false });
  if (!stat) return;
  if (stat.isDirectory()) {
    if (device !== undefined && stat.dev !== device)
      throw new SitewrightError("IO_ERROR", `${shown} holds another file system, which is not ours to empty: unmount it`, { path: shown });
    emptyFolder(place, { device: stat.dev, shown, depth }, removal);
    rmdirSync(place);
    return;
  }
  const target = depth <= OWN_LINKS && stat.isSymbolicLink() ? ownTarget(removal.anchor.root, place) : undefined;
  if (target !== undefined && !isServed(removal.anchor, target))
    removeName({ parent: removal.anchor.folder(LIVE_FOLDERS), name: Buffer.from(basename(target)), shown, depth: depth + 1 }, removal);
  if (stat.isFile()) answer.files += 1;
  if (stat.isFile() && stat.nlink > 1n && !removal.forget.has(shown)) answer.touched.push(...unlinkShared(place, stat));
  else unlinkSync(place);
}

function emptyFolder(
  place: Buffer,
  { device, shown, depth }: Pick<Removed, "shown" | "depth"> & { device: bigint },
  removal: Removal,
): void {
  const folder = platform.openFolder(place, shown);
  try {
    const { mode } = folder.fd === undefined ? lstatSync(folder.at) : fstatSync(folder.fd);
    if ((mode & 0o700) !== 0o700) chmodSync(folder.at, 0o700);
    for (const name of readdirSync(folder.at, { encoding: "buffer" }))
      removeName({ parent: folder.at, name, device, shown: join(shown, name.toString()), depth: depth + 1 }, removal);
  } finally {
    if (folder.fd !== undefined) closeSync(folder.fd);
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
