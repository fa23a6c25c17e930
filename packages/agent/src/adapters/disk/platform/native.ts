import { getSystemErrorMessage, getSystemErrorName } from "node:util";
import koffi from "koffi";

/** System calls of Linux that node does not offer. */
export interface LinuxCalls {
  /** Swaps two names in one step. Throws with a system code. */
  exchange(a: string, b: string): void;
  /** Moves without ever replacing anything. Throws EEXIST. */
  moveNew(from: string, to: string): void;
  /** Puts everything written to the file system of `fd` on the disk. */
  syncFileSystem(fd: number): void;
}

const AT_FDCWD = -100;
const RENAME_NOREPLACE = 1;
const RENAME_EXCHANGE = 2;

let calls: LinuxCalls | undefined;

/** Undefined where there is no such thing. */
export function linuxCalls(): LinuxCalls | undefined {
  if (process.platform !== "linux") return undefined;
  calls ??= load();
  return calls;
}

function load(): LinuxCalls {
  const libc = koffi.load(null);
  const renameat2 = libc.func("int renameat2(int, const char *, int, const char *, unsigned int)") as (...args: unknown[]) => number;
  const syncfs = libc.func("int syncfs(int)") as (fd: number) => number;
  return {
    exchange: (a, b) => check(renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE), "exchange"),
    moveNew: (from, to) => check(renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE), "move"),
    syncFileSystem: (fd) => check(syncfs(fd), "syncfs"),
  };
}

function check(result: number, call: string): void {
  if (result === 0) return;
  throw systemError(koffi.errno(), call);
}

/** What node would throw: with a code such as `ENOENT`. */
export function systemError(number: number, call: string): Error {
  const code = getSystemErrorName(-number);
  return Object.assign(new Error(`${code}: ${getSystemErrorMessage(-number)}, ${call}`), { code });
}
