import type { WalkLevel } from "../../../app/ports/disk.ts";

/** Names that are read from the shared bytes at once. */
const WINDOW = 4096;
const SLASH = 0x2f;

/** A folder in progress: the names in it that a walk has not visited yet. */
export interface OpenLevel {
  readonly folder: string;
  next(): string | undefined;
  /** The rest of it, for any thread to continue. */
  park(): WalkLevel;
}

/** @param names In the order of the visit. */
export function openLevel(folder: string, names: readonly string[]): OpenLevel {
  let at = 0;
  return {
    folder,
    next: () => names[at++],
    park: () => ({ folder, names: shared(names.slice(at)), at: 0 }),
  };
}

/** Continues a parked level. The names stay in shared memory: a walk pays only for its part of a folder of any size. */
export function resumeLevel(parked: WalkLevel): OpenLevel {
  const bytes = Buffer.from(parked.names);
  let window: string[] = [];
  let used = 0;
  let from = parked.at;
  let to = parked.at;

  function refill(): void {
    from = to;
    used = 0;
    for (let count = 0; count < WINDOW && to < bytes.length; count++) to = bytes.indexOf(SLASH, to) + 1;
    window = to === from ? [] : bytes.toString("utf8", from, to - 1).split("/");
  }

  return {
    folder: parked.folder,
    next() {
      if (used === window.length) refill();
      return window[used++];
    },
    park() {
      const taken = window.slice(0, used).reduce((sum, name) => sum + Buffer.byteLength(name) + 1, 0);
      return { ...parked, at: from + taken };
    },
  };
}

/** Each name ends with a slash, which no name holds. */
function shared(names: readonly string[]): SharedArrayBuffer {
  const bytes = Buffer.from(names.map((name) => `${name}/`).join(""));
  const buffer = new SharedArrayBuffer(bytes.length);
  Buffer.from(buffer).set(bytes);
  return buffer;
}
