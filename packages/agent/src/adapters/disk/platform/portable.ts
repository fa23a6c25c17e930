import { fstatSync, fsyncSync, lstatSync, openSync, readlinkSync, renameSync, symlinkSync } from "node:fs";
import { SitewrightError } from "@sitewright/protocol";
import { identityOf, modifiedMs, wordsOf } from "../../../domain/tree/file-identity.ts";
import { systemCode } from "../disk-error.ts";
import { patiently, sleepSync, type Patience } from "../patiently.ts";
import type { EntryKind, Exchange, Platform } from "./port.ts";

const TYPE = 0o170000;
const KINDS: Record<number, EntryKind["kind"]> = { 0o040000: "folder", 0o100000: "file", 0o120000: "link" };
const NO_ATTRIBUTES: ReadonlyMap<string, Uint8Array> = new Map();

/** Its pauses are long enough for a virus scanner or an indexer, which opens what has just appeared. */
interface Renames extends Patience {
  rename(from: string, to: string): void;
  /** Pauses while the live name is missing, ms. */
  urgent: readonly number[];
}

/**
 * Exchanges by renames. For a moment the live name is missing: if the new folder cannot take it, the old one is restored immediately; where
 * that is refused too, whichever of the two can be moved first takes the name.
 */
export function exchangeByRenames({ rename, isInUse, pauses, urgent }: Renames): Exchange {
  const move = (from: string, to: string): void => patiently(() => rename(from, to), { isInUse, pauses });

  /** Undefined if the new folder is live; else why not, and the old one is. Throws if neither can be moved. */
  function fill(live: string, other: string, aside: string): unknown {
    let refusal: unknown;
    for (const pause of [0, ...urgent]) {
      if (pause > 0) sleepSync(pause);
      refusal = refusalOf(other, live);
      if (refusal === undefined) return undefined;
      const second = refusalOf(aside, live);
      if (second === undefined) return refusal;
      if (!isInUse(second)) throw second;
    }
    throw refusal;
  }

  function refusalOf(from: string, to: string): unknown {
    try {
      rename(from, to);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  return {
    isInUse,
    swap(live, other, aside) {
      for (let attempt = 0; ; attempt++) {
        move(live, aside);
        const refusal = fill(live, other, aside);
        if (refusal === undefined) break;
        const pause = pauses[attempt];
        if (pause === undefined || !isInUse(refusal)) throw refusal;
        sleepSync(pause);
      }
      move(aside, other);
    },
    move(from, to) {
      if (lstatSync(to, { throwIfNoEntry: false })) throw Object.assign(new Error(`EEXIST: ${to} exists`), { code: "EEXIST" });
      move(from, to);
    },
  };
}

export const twoRenames: Exchange = exchangeByRenames({ rename: renameSync, isInUse: () => false, pauses: [], urgent: [] });

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
  lookAtOpen(fd) {
    const stat = fstatSync(fd, { bigint: true });
    return { identity: identityOf(stat), mode: Number(stat.mode) & 0o7777 };
  },
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
  openFilesHoldFolders: false,
  hasModes: true,
  keepsRights: false,

  exchangesNames: false,
  exchange: twoRenames,
  swapAtOnce: () => notHere("no call that exchanges names in one step"),
  systemFolders: () => [],
  stopSignals: [],
  endTree: (pid) => killIfThere(-pid),
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

/** @param pid Of a process; negative: of a group of them. */
export function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
