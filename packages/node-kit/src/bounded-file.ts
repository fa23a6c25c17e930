import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from "node:fs";
import { open, stat } from "node:fs/promises";

/** A place is not a file, or the file is too large; the message continues from "it". */
export class UnfitFile extends Error {}

/** A pipe in the place of the file does not block the open. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * The content of a file of at most `most` bytes. Throws `UnfitFile` for a larger one and for anything but a regular file: a pipe, a device
 * or something else without an end.
 */
export async function readBounded(path: string, most: number): Promise<Buffer> {
  // Also checked before opening, because opening a device may have effects.
  refuseUnfit(await stat(path), most);
  await using handle = await open(path, FLAGS);
  const stats = await handle.stat();
  refuseUnfit(stats, most);
  const into = createRoom(stats.size, most);
  for (let count = -1; count !== 0;) {
    const { buffer, from } = into.room();
    count = (await handle.read(buffer, from, buffer.length - from, null)).bytesRead;
    into.took(count);
  }
  return into.bytes();
}

/** `readBounded` for command lines and worker threads: it blocks. */
export function readBoundedSync(path: string, most: number): Buffer {
  refuseUnfit(statSync(path), most);
  const file = openSync(path, FLAGS);
  try {
    const stats = fstatSync(file);
    refuseUnfit(stats, most);
    const into = createRoom(stats.size, most);
    for (let count = -1; count !== 0;) {
      const { buffer, from } = into.room();
      count = readSync(file, buffer, from, buffer.length - from, null);
      into.took(count);
    }
    return into.bytes();
  } finally {
    closeSync(file);
  }
}

function refuseUnfit(stats: Stats, most: number): void {
  if (!stats.isFile()) throw new UnfitFile(`is ${kindOf(stats)}, not a file`);
  if (stats.size > most) throw tooLarge(stats.size, most);
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a pipe";
  return stats.isSocket() ? "a socket" : "a device";
}

function tooLarge(bytes: number, most: number): UnfitFile {
  return new UnfitFile(`has ${bytes} bytes: ${most} at most`);
}

/** Virtual files state a size of 0, and others grow: what counts is the bytes read. */
function createRoom(size: number, most: number) {
  let buffer = Buffer.allocUnsafe(Math.min(size, most) + 1);
  let filled = 0;
  return {
    room() {
      if (filled === buffer.length) buffer = Buffer.concat([buffer], Math.min(filled * 2 + 4096, most + 1));
      return { buffer, from: filled };
    },
    took(count: number) {
      filled += count;
      if (filled > most) throw tooLarge(filled, most);
    },
    bytes: () => buffer.subarray(0, filled),
  };
}
