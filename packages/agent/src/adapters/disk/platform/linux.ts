import { chmodSync, closeSync, constants, copyFileSync, fstatSync, lstatSync, openSync, readFileSync, realpathSync } from "node:fs";
import { systemCode } from "../disk-error.ts";
import { isInside } from "../inside.ts";
import { extendedAttributes } from "./linux/attributes.ts";
import { exchangeByKernel } from "./linux/exchange.ts";
import { lastError, nativeCalls } from "./linux/libc.ts";
import { statxEntries } from "./linux/statx.ts";
import { linkInPath, portable } from "./portable.ts";
import { NO_FOLLOW, type Platform } from "./port.ts";

/** Opens a name without the right to read it. */
const O_PATH = 0o10000000;
/** What is in `/usr/local` is the administrator's. */
const SYSTEM_FOLDERS = ["/bin", "/boot", "/etc", "/lib", "/sbin", "/usr/bin", "/usr/lib", "/usr/sbin", "/usr/share"];

/**
 * Folders are held open, and names are reached through them: `/proc/self/fd/<fd>/<name>` is a name inside the opened folder, wherever that
 * has been moved to. System calls that Node.js does not offer come from the C library.
 */
export function linuxPlatform(): Platform {
  const { syncfs, malloc_trim } = nativeCalls({ syncfs: "int syncfs(int)", malloc_trim: "int malloc_trim(size_t)" });
  return {
    ...portable,
    ...statxEntries(),
    ...exchangeByKernel(),
    attributes: extendedAttributes(),
    hasModes: true,
    exchangesNames: true,
    keepsRights: true,
    systemFolders: () => SYSTEM_FOLDERS,

    openFolder(at, name) {
      try {
        const fd = openSync(at, O_PATH | constants.O_DIRECTORY | NO_FOLLOW);
        return { at: pathOf(fd), fd };
      } catch (error) {
        if (systemCode(error) === "ENOTDIR" && lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) throw linkInPath(name);
        throw error;
      }
    },
    pathOfOpen: pathOf,
    reclaim,
    cloneFile(source, place) {
      copyFileSync(pathOf(source), place, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
      reclaim(place); // it has the permissions of the source
    },
    mountOf,
    fileSystemOf,
    releaseMemory: () => void malloc_trim(0),

    syncFile() {},
    syncAll(root) {
      const fd = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
      try {
        if (syncfs(fd) !== 0) throw lastError("syncfs");
      } finally {
        closeSync(fd);
      }
    },
  };
}

function pathOf(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

function reclaim(place: string): boolean {
  return withName(place, (fd) => {
    const stat = fstatSync(fd);
    const isOurs = stat.isFile() && stat.nlink === 1;
    if (isOurs) chmodSync(pathOf(fd), 0o600);
    return isOurs;
  });
}

/** One file system may be mounted twice. */
function mountOf(place: string): string {
  return withName(place, (fd) => /^mnt_id:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? "");
}

function withName<T>(place: string, work: (fd: number) => T): T {
  const fd = openSync(place, O_PATH | NO_FOLLOW);
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

function fileSystemOf(path: string): string {
  const real = realpathSync(path);
  let found = { point: "", type: "unknown" };
  for (const line of readFileSync("/proc/self/mountinfo", "utf8").split("\n")) {
    const [place = "", source = ""] = line.split(" - ");
    const point = (place.split(" ")[4] ?? "").replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
    // Of several mounts at one place the last one is on top.
    if (point !== "" && isInside(real, point) && point.length >= found.point.length) found = { point, type: source.split(" ")[0] ?? "" };
  }
  return found.type;
}
