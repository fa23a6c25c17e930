import { SitewrightError } from "@sitewright/protocol";
import { closeQuietly, openPlain, readAt, truncated } from "./medium-files.ts";

/** Where each pack of a medium is. Can be sent to a thread. */
export interface PackPlaces {
  medium: string;
  /** By number, the first one is 1. */
  packs: PackPlace[];
}

export interface PackPlace {
  volume: number;
  bytes: number;
  /** Missing: its volume is not there. */
  path?: string;
  /** Of a volume that is not there: what it is computed from, the part of the parity first. */
  others?: { path: string; bytes: number }[];
}

/** Reads chunks of packs; to be closed. */
export interface PackReader {
  /** Bytes as they are on the medium. Throws `MEDIUM_VOLUME_MISSING`, `MEDIUM_TRUNCATED`, and what the system refuses. */
  read(number: number, at: number, target: Uint8Array): void;
  close(): void;
}

/** Files that are open at once. */
const OPEN = 64;

export function openPacks({ packs }: PackPlaces): PackReader {
  const open = new Map<string, number>();
  let scratch = Buffer.alloc(0);

  function fileOf(path: string): number {
    let file = open.get(path);
    if (file === undefined) {
      const [oldest] = open;
      if (oldest && open.size >= OPEN) {
        closeQuietly(oldest[1]);
        open.delete(oldest[0]);
      }
      file = openPlain(path);
      open.set(path, file);
    }
    return file;
  }

  function compute(others: readonly { path: string; bytes: number }[], at: number, target: Uint8Array): void {
    target.fill(0);
    if (scratch.length < target.length) scratch = Buffer.allocUnsafe(target.length);
    for (const { path, bytes } of others) {
      // Shorter packs count as if zeros followed.
      const length = Math.min(target.length, Math.max(0, bytes - at));
      const part = scratch.subarray(0, length);
      if (readAt(fileOf(path), part, at, path) < length) throw truncated(path, "ends too early");
      for (let i = 0; i < length; i++) target[i] = (target[i] as number) ^ (part[i] as number);
    }
  }

  return {
    read(number, at, target) {
      const { path, volume, others } = packs[number - 1] as PackPlace;
      if (path === undefined) {
        if (!others) throw new SitewrightError("MEDIUM_VOLUME_MISSING", `volume ${volume} is not there`);
        return compute(others, at, target);
      }
      if (readAt(fileOf(path), target, at, path) < target.length) throw truncated(path, "ends too early");
    },
    close() {
      for (const file of open.values()) closeQuietly(file);
      open.clear();
    },
  };
}

/** Whether the chunks of a pack can be read, from itself or from what it is computed from. */
export function isReadable({ packs }: PackPlaces, number: number): boolean {
  const pack = packs[number - 1];
  return pack?.path !== undefined || pack?.others !== undefined;
}
