import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from "node:fs";
import { open, stat } from "node:fs/promises";

/** What lies at a place is no file, or too large a one; the message continues from "it". */
export class UnfitFile extends Error {}

/** A pipe that is put in the place of the file does not make the open wait for a writer. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * All of a file that has `most` bytes or fewer. Throws `UnfitFile` for a larger one and for whatever is no regular file: a pipe, a
 * device or something else without an end.
 */
export async function readBounded(path: string, most: number): Promise<Buffer> {
  // Asked before it is opened too, because opening a device may set it going.
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

/** Files that a file system makes up while they are read state a size of 0, and others grow: what counts is what arrives. */
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
