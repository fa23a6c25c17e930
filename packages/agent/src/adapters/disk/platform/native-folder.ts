import koffi from "koffi";
import { systemError } from "./native.ts";

/** The answer of `statx`, as words of 4 and of 8 bytes. Good until the next call. */
export interface StatxAnswer {
  short: Uint32Array;
  long: BigInt64Array;
}

/** Calls by a name in an open folder, and of what is open. They throw with a system code. */
export interface NativeFolder {
  /** Follows no link. */
  look(folder: number, name: string): StatxAnswer;
  lookOpen(fd: number): StatxAnswer;
  /** @param mode Permissions, of a file that is made. */
  open(folder: number, name: string, flags: number, mode?: number): number;
}

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;
const ANSWER_BYTES = 256;
const O_CLOEXEC = 0o2000000;

/**
 * Node names by a path alone, and the way through `/proc` to an open folder costs as much as a look itself. Undefined where there
 * are no such calls, or a sandbox forbids them.
 */
export const nativeFolder = load();

function load(): NativeFolder | undefined {
  if (process.platform !== "linux") return undefined;
  const answer = new ArrayBuffer(ANSWER_BYTES);
  const bytes = new Uint8Array(answer);
  const words: StatxAnswer = { short: new Uint32Array(answer), long: new BigInt64Array(answer) };
  try {
    const libc = koffi.load(null);
    const statx = libc.func("int statx(int, const char *, int, unsigned int, void *)") as (...args: unknown[]) => number;
    const openat = libc.func("int openat(int, const char *, int, unsigned int)") as (...args: unknown[]) => number;
    const look = (folder: number, name: string, flags: number): StatxAnswer => {
      done("statx", () => statx(folder, name, flags, STATX_BASIC_STATS, bytes));
      return words;
    };
    look(AT_FDCWD, "/", AT_SYMLINK_NOFOLLOW);
    return {
      look: (folder, name) => look(folder, name, AT_SYMLINK_NOFOLLOW),
      lookOpen: (fd) => look(fd, "", AT_EMPTY_PATH),
      open: (folder, name, flags, mode = 0) => done("openat", () => openat(folder, name, flags | O_CLOEXEC, mode)),
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
