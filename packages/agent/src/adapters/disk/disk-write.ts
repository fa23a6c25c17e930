import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  fsyncSync,
  futimesSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { SitewrightError } from "@sitewright/protocol";
import type { CopyAsk, FinishAsk } from "../../app/units/disk-ports.ts";
import type { FileIdentity } from "../../domain/file-identity.ts";
import { NO_FOLLOW, ON_LINUX, O_PATH, type Anchor } from "./anchored.ts";
import { systemCode } from "./disk-error.ts";
import { openForReading, readExactly } from "./disk-hash.ts";
import { identityOfOpen } from "./entry-facts.ts";
import type { SourceFinder } from "./disk-sources.ts";
import { digestOf } from "../hash.ts";
import { openBelow } from "./open-below.ts";

/** Makes a folder that only we may enter until its final permissions are set. */
export function makeFolder(anchor: Anchor, path: string): void {
  try {
    mkdirSync(anchor.place(path), { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    chmodSync(anchor.folder(path), 0o700);
  }
}

export function makeLink(anchor: Anchor, path: string, target: string): void {
  const place = anchor.place(path);
  try {
    symlinkSync(target, place);
  } catch (error) {
    if (systemCode(error) !== "EEXIST" || !lstatSync(place).isSymbolicLink() || readlinkSync(place) !== target) throw error;
  }
}

export function copyChunk(anchor: Anchor, source: SourceFinder, piece: CopyAsk): boolean {
  let fd: number;
  try {
    fd = openForReading(source(piece.from));
  } catch {
    return false; // what was here is gone: it is fetched instead
  }
  try {
    const content = readExactly(fd, piece.at, piece.size);
    if (!content || digestOf(content) !== piece.digest) return false;
    putAt(anchor, piece.path, piece.offset, content);
    return true;
  } finally {
    closeSync(fd);
  }
}

/** Sets size, time and permissions of a file whose content is complete. */
export function finishFile(anchor: Anchor, ask: FinishAsk): FileIdentity {
  const fd = openOwnFile(anchor, ask.path);
  try {
    return finishOpen(fd, ask);
  } finally {
    closeSync(fd);
  }
}

export function finishOpen(fd: number, ask: FinishAsk): FileIdentity {
  if (fstatSync(fd).size !== ask.size) ftruncateSync(fd, ask.size);
  return finishMade(fd, ask);
}

/** As `finishOpen`, for a file that we made and wrote from end to end: its size is right. */
export function finishMade(fd: number, ask: FinishAsk): FileIdentity {
  fchmodSync(fd, ask.mode);
  futimesSync(fd, ask.modified / 1000, ask.modified / 1000);
  if (!ON_LINUX) fsyncSync(fd); // Linux syncs the whole file system at once
  return identityOfOpen(fd);
}

export function openOwnFile(anchor: Anchor, path: string): number {
  return openForWriting(anchor, path).fd;
}

/** A file of ours, open for writing; `made` just now, or found as we made it before. */
export interface OwnFile {
  fd: number;
  made: boolean;
}

/** Makes the file, or opens what we made before; never through a link, and never one with a second name. */
export function openForWriting(anchor: Anchor, path: string): OwnFile {
  try {
    return { fd: openBelow(anchor, path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW, 0o600), made: true };
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
  }
  const fd = reopen(anchor.place(path));
  const stat = fstatSync(fd);
  if (stat.isFile() && stat.nlink === 1) return { fd, made: false };
  closeSync(fd);
  throw new SitewrightError("STAGING_DAMAGED", `${path} in the staging folder is not the file that was made there`, { path });
}

/** What was finished before may be read-only by now. */
function reopen(place: string): number {
  const flags = constants.O_RDWR | NO_FOLLOW | (constants.O_NONBLOCK ?? 0);
  try {
    return openSync(place, flags);
  } catch (error) {
    if (systemCode(error) !== "EACCES" || !ON_LINUX) throw error;
  }
  const fd = openSync(place, O_PATH | NO_FOLLOW);
  const stat = fstatSync(fd);
  if (stat.isFile() && stat.nlink === 1) chmodSync(`/proc/self/fd/${fd}`, 0o600);
  closeSync(fd);
  return openSync(place, flags);
}

function putAt(anchor: Anchor, path: string, offset: number, content: Uint8Array): void {
  const fd = openOwnFile(anchor, path);
  try {
    for (let done = 0; done < content.length;) done += writeSync(fd, content, done, content.length - done, offset + done);
  } finally {
    closeSync(fd);
  }
}
