import { constants, existsSync, fstatSync, fsyncSync, openSync, readSync, statfsSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { Blake3Hasher } from "@napi-rs/blake-hash";
import { fileSystemFault, SitewrightError } from "@sitewright/protocol";
import { formatBytes } from "@sitewright/protocol/api";
import { closeQuietly } from "@sitewright/node-kit/medium-files";
import { makeFolder } from "@sitewright/node-kit/make-folder";

/** A file of a volume that is being written. */
export interface VolumeFile {
  write(bytes: Uint8Array): void;
  /** It is on the medium. */
  end(): WrittenFile;
  /** Closes it after a failure. */
  discard(): void;
}

export interface WrittenFile {
  path: string;
  bytes: number;
  /** BLAKE3 of what was written. */
  digest: string;
}

/** Of V8; not in the types of Node.js. */
declare const WebAssembly: { Memory: new (size: { initial: number }) => { buffer: ArrayBuffer } };

/** Bytes per write and per read. */
const PIECE = 1024 * 1024;

/** Creates a new file and the folders above it. Throws `DISK_FULL` and the like. */
export function createVolumeFile(path: string): VolumeFile {
  const hasher = new Blake3Hasher();
  const file = onDisk(path, () => {
    makeFolder(dirname(path));
    return openSync(path, "wx", 0o644);
  });
  const buffer = Buffer.allocUnsafeSlow(PIECE);
  let filled = 0;
  let total = 0;
  let open = true;

  function flush(bytes: Uint8Array): void {
    hasher.update(bytes as Buffer);
    onDisk(path, () => {
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, bytes.length - at);
    });
  }

  function discard(): void {
    if (open) closeQuietly(file);
    open = false;
  }

  return {
    write(bytes) {
      total += bytes.length;
      if (filled + bytes.length > PIECE) {
        flush(buffer.subarray(0, filled));
        filled = 0;
      }
      if (bytes.length > PIECE) return flush(bytes);
      buffer.set(bytes, filled);
      filled += bytes.length;
    },
    end() {
      flush(buffer.subarray(0, filled));
      onDisk(path, () => fsyncSync(file));
      discard();
      return { path, bytes: total, digest: hasher.digest() };
    },
    discard,
  };
}

/**
 * The digest of a file as it is on the medium: the system's memory of what was just written is passed by where it allows that.
 */
export function digestOnMedium(path: string): string {
  const hasher = new Blake3Hasher();
  // Its memory begins at a page, as reading past the system's memory demands.
  const buffer = new Uint8Array(new WebAssembly.Memory({ initial: PIECE / 65_536 }).buffer);
  const file = onDisk(path, () => openPast(path, buffer), "read back");
  try {
    const { size } = fstatSync(file);
    // Past the system's memory nothing can be read from behind the end, which is in the middle of a block.
    for (let at = 0; at < size;) {
      const count = onDisk(path, () => readSync(file, buffer, 0, PIECE, at), "read back");
      if (count === 0) break;
      hasher.update(buffer.subarray(0, count) as Buffer);
      at += count;
    }
    return hasher.digest();
  } finally {
    closeQuietly(file);
  }
}

/** File systems in memory and some others refuse it, at the latest at the first read. */
function openPast(path: string, probe: Uint8Array): number {
  const { O_RDONLY, O_DIRECT } = constants;
  if (O_DIRECT === undefined) return openSync(path, O_RDONLY);
  let file: number | undefined;
  try {
    file = openSync(path, O_RDONLY | O_DIRECT);
    readSync(file, probe, 0, PIECE, 0);
    return file;
  } catch {
    if (file !== undefined) closeQuietly(file);
    return openSync(path, O_RDONLY);
  }
}

/** Throws what the system refuses, with the path. */
export function onDisk<T>(path: string, work: () => T, doing: "written" | "read back" = "written"): T {
  try {
    return work();
  } catch (cause) {
    const fault = fileSystemFault(cause);
    const why = fault?.why ?? (cause as Error).message;
    throw new SitewrightError(fault?.code ?? "IO_ERROR", `${path} cannot be ${doing}: ${why}`, { path, cause });
  }
}

/** A disk may take hours until it is full. @param what Takes `needed` bytes. Throws `DISK_FULL`. */
export function requireRoom(to: string, needed: number, what: string): void {
  let place = to;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  const { bsize, blocks, bavail } = onDisk(place, () => statfsSync(place));
  const free = bsize * bavail;
  // Some file systems do not say.
  if (blocks === 0 || free >= needed) return;
  throw new SitewrightError(
    "DISK_FULL",
    `the disk of ${to} has ${formatBytes(free)} free, and ${what} takes ${formatBytes(needed)}: name a larger one, or less at once (--package)`,
    { path: to },
  );
}
