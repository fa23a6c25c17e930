import { lstatSync, renameSync } from "node:fs";
import { linuxCalls } from "./native.ts";
import { systemCode } from "../disk-error.ts";

/** How a staged folder takes the place of a live one. */
export interface Exchange {
  /** Swaps two names that both exist. `aside` is a free name beside the second, used where one step cannot do it. */
  swap(live: string, other: string, aside: string): void;
  /** Moves to a free name; throws EEXIST when it is taken. */
  move(from: string, to: string): void;
}

/** By `renameat2` where the system has it: no reader ever finds the name missing. */
export function chooseExchange(): Exchange {
  const calls = linuxCalls();
  if (!calls) return twoRenames;
  return {
    swap: (live, other, aside) =>
      orElse(
        () => calls.exchange(live, other),
        () => twoRenames.swap(live, other, aside),
      ),
    move: (from, to) =>
      orElse(
        () => calls.moveNew(from, to),
        () => twoRenames.move(from, to),
      ),
  };
}

/** The way of every platform: for a moment the live name is missing. Where nothing can take it, it is given back at once. */
export const twoRenames: Exchange = {
  swap(live, other, aside) {
    renameSync(live, aside);
    try {
      renameSync(other, live);
    } catch (error) {
      renameSync(aside, live);
      throw error;
    }
    renameSync(aside, other);
  },
  move(from, to) {
    if (lstatSync(to, { throwIfNoEntry: false })) throw Object.assign(new Error(`EEXIST: ${to} exists`), { code: "EEXIST" });
    renameSync(from, to);
  },
};

/** Old kernels and some network file systems do not know the flags. */
function orElse(first: () => void, second: () => void): void {
  try {
    first();
  } catch (error) {
    if (!isUnknownCall(error)) throw error;
    second();
  }
}

/** Two renames do instead. Any other refusal stands. */
export function isUnknownCall(error: unknown): boolean {
  return ["EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes(systemCode(error) ?? "");
}
