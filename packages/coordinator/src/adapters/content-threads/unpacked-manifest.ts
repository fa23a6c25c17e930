import { randomUUID } from "node:crypto";
import { closeSync, createWriteStream, mkdirSync, openSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { recordAt, recordPath, type ByteRange, type RecordPlace } from "@sitewright/protocol";
import { oneAtATime } from "./one-at-a-time.ts";
import { isDigest, isMissing, storedManifest } from "./stored-manifest.ts";

/** The canonical bytes of a manifest, to be read anywhere: on disk, since a large one does not fit in memory. */
export interface UnpackedManifest {
  /** Into `target`, or as much of it as is wanted. */
  read(range: ByteRange, target: Uint8Array): Uint8Array;
  /** Every record in order, the head first. */
  places(): Generator<RecordPlace>;
  close(): void;
}

const inTurn = oneAtATime();
/** Enough of a record for its length and its path; and what is read at once. */
const WINDOW = 256 * 1024;

/** Removes what a coordinator left there that was killed. */
export function clearUnpacked(dataDir: string): void {
  rmSync(unpackedFolder(dataDir), { recursive: true, force: true });
}

function unpackedFolder(dataDir: string): string {
  return join(dataDir, "unpacked");
}

/** Undefined when there is no such manifest. What lies on disk is gone with the process. */
export async function unpackManifest(dataDir: string, digest: string): Promise<UnpackedManifest | undefined> {
  if (!isDigest(digest)) return undefined;
  mkdirSync(unpackedFolder(dataDir), { recursive: true, mode: 0o700 });
  const path = join(unpackedFolder(dataDir), randomUUID());
  try {
    await inTurn(() => pipeline(storedManifest(dataDir, digest), createWriteStream(path, { flags: "wx", mode: 0o600 })));
    return reader(openSync(path, "r"));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  } finally {
    rmSync(path, { force: true });
  }
}

function reader(file: number): UnpackedManifest {
  const read = (from: number, length: number, target: Uint8Array): Uint8Array => {
    let done = 0;
    for (let count = -1; count !== 0 && done < length; done += count) count = readSync(file, target, done, length - done, from + done);
    return target.subarray(0, done);
  };
  return {
    read: ({ from, to }, target) => read(from, to - from, target),
    *places() {
      const buffer = Buffer.allocUnsafeSlow(WINDOW);
      let [start, window] = [0, read(0, WINDOW, buffer)];
      for (let at = 0; ;) {
        // The length and the path of the next record, the longest there may be, must lie in the window.
        if (at - start > window.length - LONGEST_PATH && window.length === WINDOW) [start, window] = [at, read(at, WINDOW, buffer)];
        const place = recordAt(window, at - start);
        if (!place) return;
        const to = start + place.to;
        yield { from: at, to, path: at === 0 ? "" : recordPath(window.subarray(place.from, place.to)) };
        at = to;
      }
    },
    close: () => closeSync(file),
  };
}

/** A record's length, the lengths within it, and a path. */
const LONGEST_PATH = 5000;
