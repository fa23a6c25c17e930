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

export function identityWords(identity: FileIdentity): IdentityWords {
  const [, inode = "", bytes = "", modified = "", changed = ""] = identity.split(":");
  // Numbers cost a fifth of bigints.
  if (isExact(inode) && isExact(bytes) && isAfter1970(modified) && isAfter1970(changed))
    return [...numberWords(Number(inode)), ...numberWords(Number(bytes)), ...textWords(modified), ...textWords(changed)];
  return wordsOf({ ino: BigInt(inode), size: BigInt(bytes), mtimeNs: BigInt(modified), ctimeNs: BigInt(changed) });
}

/** Digits that surely fit a number, and those of the nanoseconds in a second. */
const EXACT = 15;
const NANO_DIGITS = 9;

function isExact(text: string): boolean {
  return text.length <= EXACT;
}

function isAfter1970(ns: string): boolean {
  return ns.length > NANO_DIGITS && !ns.startsWith("-") && isExact(ns.slice(0, -NANO_DIGITS));
}

function textWords(ns: string): number[] {
  return [...numberWords(Number(ns.slice(0, -NANO_DIGITS))), Number(ns.slice(-NANO_DIGITS))];
}

function numberWords(number: number): [number, number] {
  return [number | 0, Math.floor(number / 2 ** 32) | 0];
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
