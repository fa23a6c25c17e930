import { closeSync, constants, fsyncSync, openSync } from "node:fs";
import { systemCode } from "./disk-error.ts";

/** Syncs the names in a folder to the disk. Not every platform and file system supports that; those that do need it. */
export function syncFolder(path: string): void {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch {
    return;
  }
  try {
    fsyncSync(fd);
  } catch (error) {
    if (!["EPERM", "EINVAL", "EBADF"].includes(systemCode(error) ?? "")) throw error;
  } finally {
    closeSync(fd);
  }
}
