import { isUnknownCall, twoRenames } from "../portable.ts";
import type { Platform } from "../port.ts";
import { lastError, nativeCalls } from "./libc.ts";

const AT_FDCWD = -100;
const RENAME_NOREPLACE = 1;
const RENAME_EXCHANGE = 2;

/** By `renameat2` where the file system supports it: no reader ever finds the name missing. */
export function exchangeByKernel(): Pick<Platform, "exchange" | "swapAtOnce"> {
  const { renameat2 } = nativeCalls({ renameat2: "int renameat2(int, const char *, int, const char *, unsigned int)" });
  const rename = (from: string, to: string, flag: number, call: string): void => {
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, flag) !== 0) throw lastError(call);
  };
  const swapAtOnce = (a: string, b: string): void => rename(a, b, RENAME_EXCHANGE, "exchange");
  return {
    swapAtOnce,
    exchange: {
      isInUse: () => false,
      swap: (live, other, aside) =>
        orElse(
          () => swapAtOnce(live, other),
          () => twoRenames.swap(live, other, aside),
        ),
      move: (from, to) =>
        orElse(
          () => rename(from, to, RENAME_NOREPLACE, "move"),
          () => twoRenames.move(from, to),
        ),
    },
  };
}

function orElse(first: () => void, second: () => void): void {
  try {
    first();
  } catch (error) {
    if (!isUnknownCall(error)) throw error;
    second();
  }
}
