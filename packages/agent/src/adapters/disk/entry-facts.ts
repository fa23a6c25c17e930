import { lstatSync } from "node:fs";
import { wordsOf, type IdentityWords, type StatFacts } from "../../domain/file-identity.ts";
import type { OpenFolder } from "./anchored.ts";
import { nativeFolder, type StatxAnswer } from "./native-folder.ts";

export interface EntryKind {
  kind: "folder" | "file" | "link" | "other";
  /** Permissions. */
  mode: number;
}

/** What lies at a name. */
export interface EntryFacts extends StatFacts, EntryKind {
  /** How many names it has. */
  names: number;
  uid: number;
  gid: number;
}

const TYPE = 0o170000;
const KINDS: Record<number, EntryKind["kind"]> = { 0o040000: "folder", 0o100000: "file", 0o120000: "link" };
/** In `struct statx`: the inode, the size, mtime and ctime. */
const WORD_PLACES = [8, 9, 10, 11, 28, 29, 30, 24, 25, 26] as const;
const SECOND = 1_000_000_000n;

/** Never follows a link. Throws with a system code. */
export function lookIn({ at, fd }: OpenFolder, name: string): EntryFacts {
  if (nativeFolder && fd !== undefined) return factsOf(nativeFolder.look(fd, name));
  const stat = lstatSync(`${at}/${name}`, { bigint: true });
  const { dev, ino, size, mtimeNs, ctimeNs } = stat;
  const mode = Number(stat.mode);
  const [names, uid, gid] = [Number(stat.nlink), Number(stat.uid), Number(stat.gid)];
  return { dev, ino, size, mtimeNs, ctimeNs, kind: kindOf(mode), mode: mode & 0o7777, names, uid, gid };
}

/** As much of it as a stamp needs, which costs a third. */
export interface EntryWords extends EntryKind {
  words: IdentityWords;
}

export function wordsIn(folder: OpenFolder, name: string): EntryWords {
  if (!nativeFolder || folder.fd === undefined) {
    const facts = lookIn(folder, name);
    return { kind: facts.kind, mode: facts.mode, words: wordsOf(facts) };
  }
  const { short } = nativeFolder.look(folder.fd, name);
  const mode = (short[7] as number) & 0xffff;
  return { kind: kindOf(mode), mode: mode & 0o7777, words: WORD_PLACES.map((place) => (short[place] as number) | 0) };
}

/** By the places of `struct statx`. */
function factsOf({ short, long }: StatxAnswer): EntryFacts {
  const mode = (short[7] as number) & 0xffff;
  return {
    dev: deviceOf(short[34] as number, short[35] as number),
    ino: BigInt.asUintN(64, long[4] as bigint),
    size: long[5] as bigint,
    mtimeNs: (long[14] as bigint) * SECOND + BigInt(short[30] as number),
    ctimeNs: (long[12] as bigint) * SECOND + BigInt(short[26] as number),
    kind: kindOf(mode),
    mode: mode & 0o7777,
    names: short[4] as number,
    uid: short[5] as number,
    gid: short[6] as number,
  };
}

function kindOf(mode: number): EntryKind["kind"] {
  return KINDS[mode & TYPE] ?? "other";
}

/** The one number that all other calls make of a device's two. */
function deviceOf(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return ((high & ~0xfffn) << 32n) | ((low & ~0xffn) << 12n) | ((high & 0xfffn) << 8n) | (low & 0xffn);
}
