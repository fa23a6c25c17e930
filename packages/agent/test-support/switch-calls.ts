import { randomUUID } from "node:crypto";
import { linkSync, renameSync, symlinkSync } from "node:fs";
import { platform } from "../src/adapters/disk/platform/platform.ts";
import type { Exchange, Retarget } from "../src/adapters/disk/platform/port.ts";
import type { FileCalls } from "../src/adapters/disk/switch/by-file.ts";
import type { Fixture } from "./disk-fixture.ts";

/** A link of Linux is replaced as a junction of Windows is changed: in one step. */
export const retarget: Retarget = (place, folder) => {
  const next = `${place}.${randomUUID()}`;
  symlinkSync(folder, next);
  renameSync(next, place);
};

/** The calls by which live names lead elsewhere: of a whole exchange with links, or file by file. */
export interface SwitchCalls {
  links: { exchange: Exchange; retarget: Retarget };
  files: { exchange: Exchange; byFile: FileCalls };
}

/** @param around Runs before and after each of them. */
export function watched(around: (work: () => void, what: { from: string; to: string }) => void): SwitchCalls {
  const exchange: Exchange = {
    ...platform.exchange,
    isInUse: (error) => (error as { code?: string }).code === "EPERM",
    swap: (from, to, aside) => around(() => platform.exchange.swap(from, to, aside), { from, to }),
    move: (from, to) => around(() => platform.exchange.move(from, to), { from, to }),
  };
  return {
    links: { exchange, retarget: (place, folder) => around(() => retarget(place, folder), { from: place, to: folder }) },
    files: {
      exchange,
      byFile: {
        link: (from, to) => around(() => linkSync(from, to), { from, to }),
        rename: (from, to) => around(() => renameSync(from, to), { from, to }),
      },
    },
  };
}

/** As Windows refuses to move what is open. */
export function refusal(): Error {
  return Object.assign(new Error("EPERM: not permitted"), { code: "EPERM" });
}

/** Calls of which one, counted from `arm`, is the last of its process, or is refused. */
export interface FaultyCalls extends SwitchCalls {
  /** @param step From 1; `Infinity`: all succeed again. */
  arm(step: number): void;
  /** Whether that call was reached. */
  reached(): boolean;
}

export function dying(when: "before" | "after", site: () => Fixture): FaultyCalls {
  return faulty((work, calls) => {
    if (calls === 0) {
      if (when === "after") work();
      site().die();
    }
    throw new Error("the process died");
  });
}

export function refusing(): FaultyCalls {
  return faulty((work, calls) => {
    if (calls === 0) throw refusal();
    work();
  });
}

/** @param late What becomes of the call that was armed, 0, and of those after it. */
function faulty(late: (work: () => void, after: number) => void): FaultyCalls {
  let left = Infinity;
  const calls = watched((work) => {
    left -= 1;
    if (left > 0) work();
    else late(work, -left);
  });
  return { ...calls, arm: (step) => (left = step), reached: () => left <= 0 };
}
