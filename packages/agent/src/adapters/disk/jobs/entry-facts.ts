import { fstatSync, lstatSync } from "node:fs";
import { identityOf, modifiedMs, wordsOf, type FileIdentity, type IdentityWords } from "../../../domain/tree/file-identity.ts";
import type { OpenFolder } from "../platform/anchored.ts";
import { nativeFolder, type StatxAnswer } from "../platform/native-folder.ts";

export interface EntryKind {
  kind: "folder" | "file" | "link" | "other";
  /** Permissions. */
  mode: number;
}

/** What lies at a name. */
export interface EntryFacts extends EntryKind {
  identity: FileIdentity;
  /** Bytes. */
  size: number;
  /** ms since 1970. */
  modified: number;
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
}

export function identityOfOpen(fd: number): FileIdentity {
  return nativeFolder ? identityIn(nativeFolder.lookOpen(fd)) : identityOf(fstatSync(fd, { bigint: true }));
}

/** As much of it as a stamp needs, which costs a third. */
export interface EntryWords extends EntryKind {
  words: IdentityWords;
  /** How many names it has. */
  names: number;
}

export function wordsIn(folder: OpenFolder, name: string): EntryWords {
  if (!nativeFolder || folder.fd === undefined) {
    const stat = lstatSync(`${folder.at}/${name}`, { bigint: true });
    const mode = Number(stat.mode);
    return { kind: kindOf(mode), mode: mode & 0o7777, words: wordsOf(stat), names: Number(stat.nlink) };
  }
  const { short } = nativeFolder.look(folder.fd, name);
  const mode = (short[7] as number) & 0xffff;
  const words = WORD_PLACES.map((place) => (short[place] as number) | 0);
  return { kind: kindOf(mode), mode: mode & 0o7777, words, names: short[4] as number };
}

/** By the places of `struct statx`. */
function factsOf(answer: StatxAnswer): EntryFacts {
  const { short, long } = answer;
  const mode = (short[7] as number) & 0xffff;
  return {
    identity: identityIn(answer),
    size: Number(long[5]),
    modified: modifiedMs((long[14] as bigint) * SECOND + BigInt(short[30] as number)),
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

/** As `identityOf`. Numbers cost a third of what the same costs by way of bigint. */
function identityIn({ short, long }: StatxAnswer): FileIdentity {
  const device = deviceOf(short[34] as number, short[35] as number);
  const inode = whole(short[9] as number, short[8] as number) ?? BigInt.asUintN(64, long[4] as bigint);
  const size = whole(short[11] as number, short[10] as number) ?? long[5];
  return `${device}:${inode}:${size}:${nanoseconds(long, 14, short, 28)}:${nanoseconds(long, 12, short, 24)}`;
}

/** The number that two words make, where it is exact. */
function whole(high: number, low: number): number | undefined {
  return high < 2 ** 21 ? high * 2 ** 32 + low : undefined;
}

/** Seconds and nanoseconds behind each other are one number after 1970, as far as seconds go that fit a word. */
function nanoseconds(long: BigInt64Array, seconds: number, short: Uint32Array, low: number): string | bigint {
  const rest = short[low + 2] as number;
  if (short[low + 1] === 0 && (short[low] as number) > 0) return `${short[low]}${String(1e9 + rest).slice(1)}`;
  return (long[seconds] as bigint) * SECOND + BigInt(rest);
}

/** The device that was looked at last: there are few. */
let known = { major: -1, minor: -1, device: "" };

/** The one number that all other calls make of a device's two. */
function deviceOf(major: number, minor: number): string {
  if (known.major === major && known.minor === minor) return known.device;
  const [high, low] = [BigInt(major), BigInt(minor)];
  const device = ((high & ~0xfffn) << 32n) | ((low & ~0xffn) << 12n) | ((high & 0xfffn) << 8n) | (low & 0xffn);
  known = { major, minor, device: String(device) };
  return known.device;
}
