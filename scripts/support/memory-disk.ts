import { readFileSync, statfsSync } from "node:fs";
import { freemem } from "node:os";

export const MEMORY_DISK = "/dev/shm";

/** Whether this many bytes have room on the memory disk, and programs may be started from it. */
export function isMemoryDiskFit(bytes: number): boolean {
  if (process.platform !== "linux" || freemem() < bytes) return false;
  // In a container programs may not be started from it.
  const options = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .find((line) => line.split(" ")[1] === MEMORY_DISK)
    ?.split(" ")[3];
  if (options === undefined || options.split(",").includes("noexec")) return false;
  const { bavail, bsize } = statfsSync(MEMORY_DISK);
  return bavail * bsize > bytes;
}
