import { fstatSync, fsyncSync, lstatSync, openSync, readlinkSync, renameSync, symlinkSync } from "node:fs";
import { SitewrightError } from "@sitewright/protocol";
import { identityOf, modifiedMs, wordsOf } from "../../../domain/tree/file-identity.ts";
import { systemCode } from "../disk-error.ts";
import type { EntryKind, Exchange, Platform } from "./port.ts";

const TYPE = 0o170000;
const KINDS: Record<number, EntryKind["kind"]> = { 0o040000: "folder", 0o100000: "file", 0o120000: "link" };
const NO_ATTRIBUTES: ReadonlyMap<string, Uint8Array> = new Map();

/** For a moment the live name is missing. If the new folder cannot take it, the old one is restored immediately. */
export const twoRenames: Exchange = {
  swap(live, other, aside) {
    renameSync(live, aside);
    try {
      renameSync(other, live);
    } catch (error) {
      renameSync(aside, live);
      throw error;
    }
    renameSync(aside, other);
  },
  move(from, to) {
    if (lstatSync(to, { throwIfNoEntry: false })) throw Object.assign(new Error(`EEXIST: ${to} exists`), { code: "EEXIST" });
    renameSync(from, to);
  },
};

/**
 * Old kernels and some network file systems do not support the exchange flags: two renames are used instead. Any other refusal is final.
 */
export function isUnknownCall(error: unknown): boolean {
  return ["EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes(systemCode(error) ?? "");
}

/** What Node.js offers everywhere. Between the check of a name and its use a link can be planted. */
export const portable: Platform = {
  look({ at }, name) {
    const stat = lstatSync(`${at}/${name}`, { bigint: true });
    const mode = Number(stat.mode);
    return {
      identity: identityOf(stat),
      size: Number(stat.size),
      modified: modifiedMs(stat.mtimeNs),
      kind: kindOf(mode),
      mode: mode & 0o7777,
      names: Number(stat.nlink),
      uid: Number(stat.uid),
      gid: Number(stat.gid),
    };
  },
  lookForWords({ at }, name) {
    const stat = lstatSync(`${at}/${name}`, { bigint: true });
    const mode = Number(stat.mode);
    return { kind: kindOf(mode), mode: mode & 0o7777, words: wordsOf(stat), names: Number(stat.nlink) };
  },
  identityOfOpen: (fd) => identityOf(fstatSync(fd, { bigint: true })),
  open: ({ at }, name, flags, mode) => openSync(`${at}/${name}`, flags, mode),

  openFolder(at, name) {
    const stat = lstatSync(at);
    if (stat.isSymbolicLink()) throw linkInPath(name);
    if (!stat.isDirectory()) throw Object.assign(new Error(`ENOTDIR: ${name} is no folder`), { code: "ENOTDIR" });
    return { at: at.toString(), fd: undefined };
  },
  pathOfOpen: (_, path) => path,
  reclaim: () => false,
  cloneFile: () => notHere("no way to share blocks between files"),
  account() {
    const [uid, gid] = [process.geteuid?.(), process.getegid?.()];
    return uid === undefined || gid === undefined ? undefined : { uid, gid };
  },

  keptMode: (_, mode) => mode,
  makeLink: (target, place) => symlinkSync(target, place),
  targetOf: (place) => readlinkSync(place),

  attributes: { read: () => NO_ATTRIBUTES, set() {}, remove() {} },
  hasModes: true,
  keepsRights: false,

  exchange: twoRenames,
  swapAtOnce: () => notHere("no call that exchanges names in one step"),
  fileSystemOf: () => process.platform,

  syncFile: (fd) => fsyncSync(fd),
  syncAll() {},
};

export function kindOf(mode: number): EntryKind["kind"] {
  return KINDS[mode & TYPE] ?? "other";
}

export function linkInPath(name: string): SitewrightError {
  return new SitewrightError("LINK_IN_PATH", `${name} is a symbolic link where a folder should be: it is not followed; remove it`, {
    path: name,
  });
}

function notHere(what: string): never {
  throw Object.assign(new Error(`ENOSYS: this system has ${what}`), { code: "ENOSYS" });
}
