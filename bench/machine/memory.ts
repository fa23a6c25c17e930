import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

const PIECE = Buffer.alloc(8 * 1024 * 1024);

/**
 * Fills and frees this many bytes of a memory disk. A virtual machine gets memory from its host at the first use, ten times slower than
 * later, which would slow down the first measurement.
 */
export function touchMemory(folder: string, bytes: number): void {
  const path = join(folder, "touch");
  const file = openSync(path, "w");
  for (let done = 0; done < bytes; done += PIECE.length) writeSync(file, PIECE);
  closeSync(file);
  rmSync(path);
}
