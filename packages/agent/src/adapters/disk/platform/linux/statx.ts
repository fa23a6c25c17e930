import koffi from "koffi";
import { modifiedMs, type FileIdentity } from "../../../../domain/tree/file-identity.ts";
import { kindOf } from "../portable.ts";
import type { Entries, EntryFacts, EntryWords } from "../port.ts";
import { nativeCalls, systemError } from "./libc.ts";

/** The result of `statx`, as words of 4 and of 8 bytes. Valid until the next call. */
interface StatxAnswer {
  short: Uint32Array;
  long: BigInt64Array;
}

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;
const ANSWER_BYTES = 256;
const O_CLOEXEC = 0o2000000;
const SECOND = 1_000_000_000n;

/**
 * Node.js accepts only paths, and the path through `/proc` to an open folder costs as much as the stat itself. Undefined where a sandbox
 * forbids these calls.
 */
export function statxEntries(): Entries | undefined {
  const answer = new ArrayBuffer(ANSWER_BYTES);
  const bytes = new Uint8Array(answer);
  const words: StatxAnswer = { short: new Uint32Array(answer), long: new BigInt64Array(answer) };
  try {
    const { statx, openat } = nativeCalls({
      statx: "int statx(int, const char *, int, unsigned int, void *)",
      openat: "int openat(int, const char *, int, unsigned int)",
    });
    const look = (folder: number | undefined, name: string, flags: number): StatxAnswer => {
      done("statx", () => statx(folder, name, flags, STATX_BASIC_STATS, bytes));
      return words;
    };
    look(AT_FDCWD, "/", AT_SYMLINK_NOFOLLOW);
    return {
      look: ({ fd }, name) => factsOf(look(fd, name, AT_SYMLINK_NOFOLLOW)),
      lookForWords: ({ fd }, name) => wordsOf(look(fd, name, AT_SYMLINK_NOFOLLOW)),
      identityOfOpen: (fd) => identityIn(look(fd, "", AT_EMPTY_PATH)),
      lookAtOpen(fd) {
        const answer = look(fd, "", AT_EMPTY_PATH);
        return { identity: identityIn(answer), mode: (answer.short[7] as number) & 0o7777 };
      },
      open: ({ fd }, name, flags, mode = 0) => done("openat", () => openat(fd, name, flags | O_CLOEXEC, mode)),
    };
  } catch {
    return undefined;
  }
}

function done(name: string, call: () => number): number {
  for (;;) {
    const result = call();
    if (result >= 0) return result;
    const number = koffi.errno();
    if (number !== koffi.os.errno["EINTR"]) throw systemError(number, name);
  }
}

function wordsOf({ short }: StatxAnswer): EntryWords {
  const mode = (short[7] as number) & 0xffff;
  // The inode, the size, mtime and ctime.
  const words = [wordAt(8), wordAt(9), wordAt(10), wordAt(11), wordAt(28), wordAt(29), wordAt(30), wordAt(24), wordAt(25), wordAt(26)];
  return { kind: kindOf(mode), mode: mode & 0o7777, words, names: short[4] as number };

  function wordAt(place: number): number {
    return (short[place] as number) | 0;
  }
}

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

/** As `identityOf`. Numbers cost a third of bigints. */
function identityIn({ short, long }: StatxAnswer): FileIdentity {
  const device = deviceOf(short[34] as number, short[35] as number);
  const inode = whole(short[9] as number, short[8] as number) ?? BigInt.asUintN(64, long[4] as bigint);
  const size = whole(short[11] as number, short[10] as number) ?? long[5];
  return `${device}:${inode}:${size}:${nanoseconds(long, 14, short, 28)}:${nanoseconds(long, 12, short, 24)}`;
}

/** The number that two words make, if it is exact. */
function whole(high: number, low: number): number | undefined {
  return high < 2 ** 21 ? high * 2 ** 32 + low : undefined;
}

/** Seconds and nanoseconds concatenated are one number after 1970, as long as the seconds fit a word. */
function nanoseconds(long: BigInt64Array, seconds: number, short: Uint32Array, low: number): string | bigint {
  const rest = short[low + 2] as number;
  if (short[low + 1] === 0 && (short[low] as number) > 0) return `${short[low]}${String(1e9 + rest).slice(1)}`;
  return (long[seconds] as bigint) * SECOND + BigInt(rest);
}

/** Cache of the last device: there are few. */
let known = { major: -1, minor: -1, device: "" };

/** The device number as all other calls give it, from major and minor. */
function deviceOf(major: number, minor: number): string {
  if (known.major === major && known.minor === minor) return known.device;
  const [high, low] = [BigInt(major), BigInt(minor)];
  const device = ((high & ~0xfffn) << 32n) | ((low & ~0xffn) << 12n) | ((high & 0xfffn) << 8n) | (low & 0xffn);
  known = { major, minor, device: String(device) };
  return known.device;
}
