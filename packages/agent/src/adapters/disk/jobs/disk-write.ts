import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  futimesSync,
  lstatSync,
  mkdirSync,
  openSync,
  writeSync,
} from "node:fs";
import { SitewrightError } from "@sitewright/protocol";
import type { CopyAsk, FinishAsk } from "../../../app/ports/disk.ts";
import { sizeOf, type FileIdentity } from "../../../domain/tree/file-identity.ts";
import { openBelow, type Anchor } from "../anchor.ts";
import { systemCode } from "../disk-error.ts";
import { sleepSync } from "../patiently.ts";
import { openForReading, readExactly } from "./disk-hash.ts";
import { platform } from "../platform/platform.ts";
import { NO_FOLLOW } from "../platform/port.ts";
import { linkTarget } from "./disk-names.ts";
import type { SourceFinder } from "./disk-sources.ts";
import { digestOf } from "@sitewright/node-kit/hash";

/** Creates a folder that only the agent may enter until its final permissions are set. */
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
    platform.makeLink(target, place);
  } catch (error) {
    if (systemCode(error) !== "EEXIST" || !lstatSync(place).isSymbolicLink() || linkTarget(place) !== target) throw error;
  }
}

export function copyChunk(anchor: Anchor, source: SourceFinder, piece: CopyAsk): boolean {
  let fd: number;
  try {
    fd = openForReading(source(piece.from));
  } catch {
    return false; // the local source is gone: it is fetched instead
  }
  try {
    const content = readExactly(fd, piece.at, piece.size);
    if (!content || digestOf(content) !== piece.digest) return false;
    putAt(anchor, piece, content);
    return true;
  } finally {
    closeSync(fd);
  }
}

/** Sets size, time and permissions of a file whose content is complete. */
export function finishFile(anchor: Anchor, ask: FinishAsk): FileIdentity {
  const { fd, made } = openForWriting(anchor, ask.path);
  try {
    if (made && ask.size > 0) throw changedMeanwhile(ask.path); // it was removed
    return finishOpen(fd, ask);
  } finally {
    closeSync(fd);
  }
}

/**
 * Gives an open file its attributes after its last byte: a later change shows in the identity, an earlier one in the size. Throws
 * `STAGING_DAMAGED` for a file that another process has changed meanwhile.
 * @param withMode It was created with its permissions, of which the process's mask or an access control list may have taken some.
 */
export function finishOpen(fd: number, ask: FinishAsk, withMode = false): FileIdentity {
  futimesSync(fd, ask.modified / 1000, ask.modified / 1000);
  if (!withMode) fchmodSync(fd, ask.mode); // after the time: some systems take read-only away with that
  platform.syncFile(fd);
  const { identity, mode } = platform.lookAtOpen(fd);
  if (sizeOf(identity) !== ask.size) throw changedMeanwhile(ask.path);
  return withMode && mode !== ask.mode ? finishOpen(fd, ask) : identity;
}

/** Creates a file with all of its content and attributes. Undefined if something has its name already: nothing is written then. */
export function writeWhole(anchor: Anchor, ask: FinishAsk, content: Uint8Array): FileIdentity | undefined {
  const fd = createFile(anchor, ask.path, platform.hasModes ? ask.mode : OWN_MODE);
  if (fd === undefined) return undefined;
  try {
    writeAll(fd, content, 0);
    return finishOpen(fd, ask, platform.hasModes);
  } finally {
    closeSync(fd);
  }
}

/** Another thread that has just created the file sets its size immediately afterwards: number of retries for that, one ms each. */
const SIZE_LOOKS = 200;

/**
 * Before a piece is written: a file that arrives in pieces has its final size from the first one on, so that a truncation is detected and
 * not hidden by the pieces that follow. Throws `STAGING_DAMAGED`.
 * @param size Of the file, bytes.
 */
export function expectSize({ fd, made }: OwnFile, path: string, size: number): void {
  if (made) return ftruncateSync(fd, size);
  for (let look = 1; fstatSync(fd).size !== size; look++) {
    if (look === SIZE_LOOKS) throw changedMeanwhile(path);
    sleepSync(1);
  }
}

export function changedMeanwhile(path: string): SitewrightError {
  return new SitewrightError("STAGING_DAMAGED", `${path} was changed by another process while it was written: it is staged again`, {
    path,
  });
}

/** A file of the agent, open for writing; `made` just now, or found as the agent made it before. */
export interface OwnFile {
  fd: number;
  made: boolean;
}

/** Permissions of a file that is not complete. */
const OWN_MODE = 0o600;

/** Undefined if something has that name. */
function createFile(anchor: Anchor, path: string, mode: number): number | undefined {
  try {
    return openBelow(anchor, path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW, mode);
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    return undefined;
  }
}

/** Creates the file, or opens what the agent created before; never through a link, and never one with a second name. */
export function openForWriting(anchor: Anchor, path: string): OwnFile {
  const made = createFile(anchor, path, OWN_MODE);
  if (made !== undefined) return { fd: made, made: true };
  const fd = reopen(anchor.place(path));
  const stat = fstatSync(fd);
  if (stat.isFile() && stat.nlink === 1) return { fd, made: false };
  closeSync(fd);
  throw new SitewrightError("STAGING_DAMAGED", `${path} in the staging folder is not the file that was made there`, { path });
}

/** A file of the agent that is to be written further. */
export function resizeFile(anchor: Anchor, path: string, size: number): void {
  const { fd } = openForWriting(anchor, path);
  try {
    ftruncateSync(fd, size);
  } finally {
    closeSync(fd);
  }
}

/** A finished file may be read-only by now. */
function reopen(place: string): number {
  const flags = constants.O_RDWR | NO_FOLLOW | (constants.O_NONBLOCK ?? 0);
  try {
    return openSync(place, flags);
  } catch (error) {
    if (!["EACCES", "EPERM"].includes(systemCode(error) ?? "") || !platform.reclaim(place)) throw error;
  }
  return openSync(place, flags);
}

function putAt(anchor: Anchor, { path, offset, fileSize }: CopyAsk, content: Uint8Array): void {
  const file = openForWriting(anchor, path);
  const { fd } = file;
  try {
    expectSize(file, path, fileSize);
    writeAll(fd, content, offset);
  } finally {
    closeSync(fd);
  }
}

export function writeAll(fd: number, bytes: Uint8Array, offset: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, offset + done);
}
