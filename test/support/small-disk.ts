import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A file system of its own under some folder, that can be filled. */
export interface SmallDisk extends Disposable {
  fill(): void;
  free(): void;
}

/** In these steps, the last of which leaves less than a block, bytes. */
const STEPS = [1024 * 1024, 16 * 1024, 4096, 1];

/** @returns Undefined: this account may not mount. */
export function makeSmallDisk(folder: string, mib: number): SmallDisk | undefined {
  mkdirSync(folder, { recursive: true });
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${mib}m,mode=755`, "tmpfs", folder]);
  if (mounted.status !== 0) return undefined;
  const ballast = join(folder, ".ballast");
  return {
    fill() {
      const file = openSync(ballast, "a");
      try {
        for (const bytes of STEPS) writeAll(file, Buffer.alloc(bytes));
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast, { force: true }),
    [Symbol.dispose]: () => void spawnSync("umount", ["-l", folder]),
  };
}

/** Until there is no room for one more. */
function writeAll(file: number, piece: Buffer): void {
  try {
    for (;;) writeSync(file, piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}
