import koffi from "koffi";
import { codeOf } from "./native.ts";

/** The answer of `statx`, as words of 4 and of 8 bytes. Good until the next call. */
export interface StatxAnswer {
  short: Uint32Array;
  long: BigInt64Array;
}

/** Looks at a name in an open folder and follows no link. Throws with a system code. */
export type NativeLook = (folder: number, name: string) => StatxAnswer;

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const STATX_BASIC_STATS = 0x7ff;
const ANSWER_BYTES = 256;

/** Undefined where there is no such call, or a sandbox forbids it. */
export function loadNativeLook(): NativeLook | undefined {
  if (process.platform !== "linux") return undefined;
  const answer = new ArrayBuffer(ANSWER_BYTES);
  const bytes = new Uint8Array(answer);
  const words: StatxAnswer = { short: new Uint32Array(answer), long: new BigInt64Array(answer) };
  try {
    const statx = koffi.load(null).func("int statx(int, const char *, int, unsigned int, void *)") as (...args: unknown[]) => number;
    const look = (folder: number, name: string): number => statx(folder, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, bytes);
    if (look(AT_FDCWD, "/") !== 0) return undefined;
    return (folder, name) => {
      if (look(folder, name) === 0) return words;
      const code = codeOf(koffi.errno());
      throw Object.assign(new Error(`${code}: looking failed`), { code });
    };
  } catch {
    return undefined;
  }
}
