import { lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { linuxCalls, type LinuxCalls } from "./native.ts";
import { systemCode } from "./disk-error.ts";

/** How a staged folder takes the place of a live one. */
export interface Exchange {
  /** Whether `swap` takes one step below this folder, as tried with two folders of our own; else the live name is missing for a moment. */
  isOneStepIn(folder: string): boolean;
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
    isOneStepIn: (folder) => trySwap(calls, folder),
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

function trySwap(calls: LinuxCalls, folder: string): boolean {
  const trial = mkdtempSync(join(folder, "exchange-"));
  const [a, b] = [join(trial, "a"), join(trial, "b")];
  try {
    mkdirSync(a);
    mkdirSync(b);
    calls.exchange(a, b);
    return true;
  } catch (error) {
    if (isUnknownCall(error)) return false;
    throw error;
  } finally {
    rmSync(trial, { recursive: true });
  }
}

/** The way of every platform: for a moment the live name is missing. Where nothing can take it, it is given back at once. */
export const twoRenames: Exchange = {
  isOneStepIn: () => false,
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

function isUnknownCall(error: unknown): boolean {
  return ["EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes(systemCode(error) ?? "");
}
