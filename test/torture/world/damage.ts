import { closeSync, openSync, readdirSync, readSync, statSync, utimesSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Longer than the ends of a file, at which readers recognize its generation, bytes. */
const LEAST = 1_000;

/**
 * Changes one byte in the middle of a file of a package below a role root, live, staged or kept, and restores its time. Returns which;
 * undefined: there is none.
 */
export function damageOne(root: string, pick: number): string | undefined {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".bin"));
  const name = files.toSorted()[pick % files.length];
  return name === undefined ? undefined : changeByte(join(root, name));
}

function changeByte(file: string): string | undefined {
  try {
    const { size, atime, mtime } = statSync(file);
    if (size < LEAST) return undefined;
    const handle = openSync(file, "r+");
    try {
      const byte = Buffer.alloc(1);
      readSync(handle, byte, 0, 1, size >> 1);
      byte[0] = (byte[0] ?? 0) ^ 1;
      writeSync(handle, byte, 0, 1, size >> 1);
    } finally {
      closeSync(handle);
    }
    utimesSync(file, atime, mtime);
    return file;
  } catch {
    return undefined; // It was removed or exchanged meanwhile.
  }
}
