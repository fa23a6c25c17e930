import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";

/** The system's code of a failed call, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

export function isAbsent(error: unknown): boolean {
  return systemCode(error) === "ENOENT";
}

/** Anything a disk call throws, as one of ours that names the path as the administrator knows it. */
export function diskError(error: unknown, root: string, path: string): SitewrightError {
  if (error instanceof SitewrightError) return error;
  const place = join(root, path);
  const code = systemCode(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new SitewrightError("DISK_FULL", `the disk that holds ${place} is full: make room, then run the rebuild again`, {
      path: place,
      cause: error,
    });
  }
  const message = error instanceof Error ? error.message.split(",")[0] : String(error);
  return new SitewrightError("IO_ERROR", `${place} cannot be worked on: ${message}`, { path: place, cause: error });
}

/** Does the work; what it throws becomes one of ours that names the path. */
export function naming<T>(root: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskError(error, root, path);
  }
}
