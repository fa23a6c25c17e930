import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { recordAt, recordPath, SitewrightError, type ByteRange, type RecordPlace } from "@sitewright/protocol";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import { oneAtATime } from "../../app/one-at-a-time.ts";
import { isDigest, isMissing, storedManifest } from "./stored-manifest.ts";

/** The canonical bytes of a manifest with random access: on disk, because a large one does not fit in memory. */
export interface UnpackedManifest {
  /** Reads into `target`, or into a part of it. */
  read(range: ByteRange, target: Uint8Array): Uint8Array;
  /** Every record in order, the head first. */
  places(): Generator<RecordPlace>;
  /** The records without their lengths, the head first; each is valid until the next one. */
  records(): Generator<Uint8Array>;
  close(): void;
}

const inTurn = oneAtATime();
/** Enough of a record for its length and its path; and the size of one read. */
const WINDOW = 256 * 1024;

/** Removes files of a coordinator that was killed. */
export function clearUnpacked(dataDir: string): void {
  rmSync(unpackedFolder(dataDir), { recursive: true, force: true });
}

function unpackedFolder(dataDir: string): string {
  return join(dataDir, "unpacked");
}

/** Undefined when there is no such manifest. The file on disk ends with the process. */
export async function unpackManifest(dataDir: string, digest: string): Promise<UnpackedManifest | undefined> {
  if (!isDigest(digest)) return undefined;
  makeFolder(unpackedFolder(dataDir), 0o700);
  const path = join(unpackedFolder(dataDir), randomUUID());
  const file = openSync(path, "wx+", 0o600);
  try {
    await inTurn(() => unpackInto(file, dataDir, digest));
    return reader(file);
  } catch (error) {
    closeSync(file);
    if (isMissing(error)) return undefined;
    throw error;
  } finally {
    rmSync(path, { force: true });
  }
}

async function unpackInto(file: number, dataDir: string, digest: string): Promise<void> {
  for await (const part of storedManifest(dataDir, digest)) {
    for (let at = 0; at < part.length;) at += writeSync(file, part, at);
    // Buffers filled by zlib are copied and released: otherwise tens of megabytes of them would wait for garbage collection.
    const { buffer } = part;
    if (buffer instanceof ArrayBuffer && part.byteOffset + part.byteLength === buffer.byteLength) buffer.transfer(0);
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
        // The length and the path of the next record, at their maximum, must be in the window.
        if (at - start > window.length - LONGEST_PATH && window.length === WINDOW) [start, window] = [at, read(at, WINDOW, buffer)];
        const place = recordAt(window, at - start);
        if (!place) return;
        const to = start + place.to;
        yield { from: at, to, path: at === 0 ? "" : recordPath(window.subarray(place.from, place.to)) };
        at = to;
      }
    },
    *records() {
      let buffer = Buffer.allocUnsafeSlow(WINDOW);
      let [start, window] = [0, read(0, WINDOW, buffer)];
      for (let at = 0; ;) {
        let place = recordAt(window, at - start);
        if (!place || place.to > window.length) {
          // A record larger than the window enlarges the window.
          if (place && place.to - (at - start) > buffer.length) buffer = Buffer.allocUnsafeSlow(place.to - (at - start));
          [start, window] = [at, read(at, buffer.length, buffer)];
          place = recordAt(window, 0);
          if (!place) return;
        }
        if (place.to > window.length) throw new SitewrightError("MANIFEST_INVALID", "the stored manifest ends inside a record");
        yield window.subarray(place.from, place.to);
        at = start + place.to;
      }
    },
    close: () => closeSync(file),
  };
}

/** A record's length, the lengths within it, and a path. */
const LONGEST_PATH = 5000;
