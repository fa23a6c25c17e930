/**
 * Identity and last change of a file in one string: `device:inode:bytes:mtime in ns:ctime in ns`. While it is unchanged, the content is
 * taken to be unchanged.
 */
export type FileIdentity = string;

/** `device:inode`: identifies the file regardless of changes. In a journal, the device of the role root is left out. */
export type Inode = string;

export interface StatFacts {
  dev: bigint;
  ino: bigint;
  size: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
}

export function identityOf(stat: StatFacts): FileIdentity {
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
}

/** ms since 1970, of a time in ns. */
export function modifiedMs(mtimeNs: bigint): number {
  return Math.round(Number(mtimeNs / 1000n) / 1000);
}

/**
 * All of an identity but the device, in numbers of 32 bits, low half first: inode, size, and of mtime and ctime the seconds and
 * then the nanoseconds.
 */
export type IdentityWords = readonly number[];

const SECOND = 1_000_000_000n;

export function wordsOf({ ino, size, mtimeNs, ctimeNs }: Omit<StatFacts, "dev">): IdentityWords {
  return [...halves(ino), ...halves(size), ...timeWords(mtimeNs), ...timeWords(ctimeNs)];
}

function timeWords(ns: bigint): number[] {
  const rest = ((ns % SECOND) + SECOND) % SECOND;
  return [...halves((ns - rest) / SECOND), Number(rest)];
}

function halves(number: bigint): [number, number] {
  return [Number(BigInt.asIntN(32, number)), Number(BigInt.asIntN(32, number >> 32n))];
}

/** Read digit by digit: one call for each file of a tree, for which bigints, and even numbers out of pieces of text, cost several times as much. */
export function identityWords(identity: FileIdentity): IdentityWords {
  const inode = identity.indexOf(":") + 1;
  const size = identity.indexOf(":", inode) + 1;
  const modified = identity.indexOf(":", size) + 1;
  const changed = identity.indexOf(":", modified) + 1;
  const end = identity.length + 1;
  if (
    size - inode <= EXACT &&
    modified - size <= EXACT &&
    isAfter1970(identity, modified, changed) &&
    isAfter1970(identity, changed, end)
  ) {
    const number = digits(identity, inode, size - 1);
    const bytes = digits(identity, size, modified - 1);
    const modifiedAt = digits(identity, modified, changed - 1 - NANO_DIGITS);
    const changedAt = digits(identity, changed, end - 1 - NANO_DIGITS);
    const modifiedRest = digits(identity, changed - 1 - NANO_DIGITS, changed - 1);
    const changedRest = digits(identity, end - 1 - NANO_DIGITS, end - 1);
    return [
      low(number),
      high(number),
      low(bytes),
      high(bytes),
      low(modifiedAt),
      high(modifiedAt),
      modifiedRest,
      low(changedAt),
      high(changedAt),
      changedRest,
    ];
  }
  const [, ino = "", length = "", mtime = "", ctime = ""] = identity.split(":");
  return wordsOf({ ino: BigInt(ino), size: BigInt(length), mtimeNs: BigInt(mtime), ctimeNs: BigInt(ctime) });
}

/** Digits that surely fit a number, and a colon; and those of the nanoseconds in a second. */
const EXACT = 16;
const NANO_DIGITS = 9;
const ZERO = 0x30;

/** Whether a time that ends before `end` is so late, and exact as a number of seconds. */
function isAfter1970(text: string, from: number, end: number): boolean {
  const seconds = end - from - NANO_DIGITS;
  return seconds > 1 && seconds <= EXACT && text.charCodeAt(from) >= ZERO;
}

function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at++) number = number * 10 + text.charCodeAt(at) - ZERO;
  return number;
}

function low(number: number): number {
  return number | 0;
}

function high(number: number): number {
  return Math.floor(number / 2 ** 32) | 0;
}

export function inodeOf(identity: FileIdentity): Inode {
  const [dev = "", ino = ""] = identity.split(":", 2);
  return `${dev}:${ino}`;
}

/** Equal except for ctime, which links and permissions change without touching a byte. */
export function sameContentTimes(a: FileIdentity, b: FileIdentity): boolean {
  return a.slice(0, a.lastIndexOf(":")) === b.slice(0, b.lastIndexOf(":"));
}

/** A file changed a moment ago may change again within one tick of the clock, undetected: its times are trusted only after this time. */
const TICK_MS = 100n;

/** Whether a later change would show in the identity. */
export function isSettled(identity: FileIdentity, nowMs: number): boolean {
  const ctimeNs = BigInt(identity.slice(identity.lastIndexOf(":") + 1));
  return ctimeNs / 1_000_000n + TICK_MS < BigInt(nowMs);
}

/** An identity that no file has, with the right content times: good for finding a file, not for trusting its content. */
export function doubtful(identity: FileIdentity): FileIdentity {
  return `${identity.slice(0, identity.lastIndexOf(":"))}:0`;
}

/** Bytes of the file. */
export function sizeOf(identity: FileIdentity): number {
  return Number(identity.split(":", 3)[2]);
}
