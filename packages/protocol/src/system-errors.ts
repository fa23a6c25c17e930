/** What a failed system call means for the administrator who has to fix it. */
export interface SystemFault {
  code:
    | "DISK_FULL"
    | "DISK_READ_ONLY"
    | "DISK_FAILING"
    | "DISK_AWAY"
    | "DISK_LIMIT"
    | "ACCESS_DENIED"
    | "DATA_DAMAGED"
    | "FILE_IN_USE"
    | "SYSTEM_LIMIT"
    | "LINK_IN_PATH"
    | "IO_ERROR";
  /** What is wrong and what to do, to continue "<place>: ". */
  why: string;
}

const FULL = "its disk is full: make room, then run it again";
const FAILING = "its disk reports an error: look into the system's log, and check the disk and its file system";
const AWAY = "its file system no longer answers: see that its disk or server is there and mounted";
const BUSY = "it is in use (a mount point, or a program that runs from there): end that use, then run it again";
const UNABLE =
  "its file system cannot do this: use one that keeps permissions, times, links and long names, such as ext4, XFS, Btrfs or NTFS";
const NAME = "its file system does not take this name: use another file system, or rename it in the source";

const FAULTS: Readonly<Record<string, SystemFault>> = {
  ENOSPC: { code: "DISK_FULL", why: FULL },
  EDQUOT: { code: "DISK_FULL", why: "the disk quota is used up: raise the quota or make room, then run it again" },
  EROFS: {
    code: "DISK_READ_ONLY",
    why: "its file system is mounted read-only: mount it for writing; if it was not mounted so on purpose, the disk failed and has to be checked",
  },
  EIO: { code: "DISK_FAILING", why: FAILING },
  EUCLEAN: { code: "DISK_FAILING", why: FAILING },
  EBADMSG: { code: "DISK_FAILING", why: FAILING },
  ENODATA: { code: "DISK_FAILING", why: FAILING },
  EREMOTEIO: { code: "DISK_FAILING", why: FAILING },
  ESTALE: { code: "DISK_AWAY", why: AWAY },
  ENODEV: { code: "DISK_AWAY", why: AWAY },
  ENXIO: { code: "DISK_AWAY", why: AWAY },
  ENOMEDIUM: { code: "DISK_AWAY", why: AWAY },
  ENOLINK: { code: "DISK_AWAY", why: AWAY },
  ENOTCONN: { code: "DISK_AWAY", why: AWAY },
  EHOSTDOWN: { code: "DISK_AWAY", why: AWAY },
  ETIMEDOUT: { code: "DISK_AWAY", why: AWAY },
  EACCES: { code: "ACCESS_DENIED", why: "the user that this program runs as may not do this: give it the right, or run it as the owner" },
  EPERM: {
    code: "ACCESS_DENIED",
    why: "the system does not allow this to the user that this program runs as: see who owns it, and whether it is marked immutable",
  },
  EFBIG: {
    code: "DISK_LIMIT",
    why: "it is larger than its file system, or a limit of the process, allows: use another file system, or raise the limit",
  },
  EMLINK: { code: "DISK_LIMIT", why: "its file system takes no more links to it: use another file system" },
  ENAMETOOLONG: {
    code: "DISK_LIMIT",
    why: "its name or path is longer than its file system takes: put the folder less deep, or use another file system",
  },
  EOVERFLOW: { code: "DISK_LIMIT", why: UNABLE },
  EILSEQ: { code: "DISK_LIMIT", why: NAME },
  EINVAL: { code: "DISK_LIMIT", why: UNABLE },
  ENOSYS: { code: "DISK_LIMIT", why: UNABLE },
  ENOTSUP: { code: "DISK_LIMIT", why: UNABLE },
  EOPNOTSUPP: { code: "DISK_LIMIT", why: UNABLE },
  EXDEV: { code: "DISK_LIMIT", why: "it lies on another file system than what it belongs to: unmount what is mounted there" },
  EBUSY: { code: "FILE_IN_USE", why: BUSY },
  ETXTBSY: { code: "FILE_IN_USE", why: BUSY },
  EMFILE: { code: "SYSTEM_LIMIT", why: "this program has too many files open: raise its limit of open files" },
  ENFILE: { code: "SYSTEM_LIMIT", why: "the system has too many files open: raise its limit of open files" },
  ENOMEM: { code: "SYSTEM_LIMIT", why: "the system has no memory left: give it more, or end other programs" },
  EAGAIN: { code: "SYSTEM_LIMIT", why: "the system lacks a resource for the moment: try again" },
  ENOLCK: { code: "SYSTEM_LIMIT", why: "the file system gives no more locks: see to its lock server" },
  ELOOP: {
    code: "LINK_IN_PATH",
    why: "it is a symbolic link, or lies behind one, which is not followed: put the folder or file itself there",
  },
};

/** Numbers that Node has no name for: those of Linux, and those of macOS where Linux does not use them for disks. */
const UNNAMED: Readonly<Record<string, string>> = {
  61: "ENODATA",
  67: "ENOLINK",
  69: "EDQUOT",
  70: "ESTALE",
  74: "EBADMSG",
  116: "ESTALE",
  117: "EUCLEAN",
  121: "EREMOTEIO",
  122: "EDQUOT",
  123: "ENOMEDIUM",
};

/** The system's code of a failed call, such as `ENOENT`; undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errno } = error as { code?: unknown; errno?: unknown };
  if (typeof code !== "string") return undefined;
  const number = code === "UNKNOWN" && typeof errno === "number" ? String(-errno) : /^Unknown system error -(\d+)$/.exec(code)?.[1];
  return number === undefined ? code : (UNNAMED[number] ?? code);
}

export function systemFault(error: unknown): SystemFault | undefined {
  const code = systemCode(error);
  return code !== undefined && Object.hasOwn(FAULTS, code) ? FAULTS[code] : undefined;
}

/** What SQLite's primary result codes mean, by number. */
const SQLITE_FAULTS: Readonly<Record<number, SystemFault>> = {
  3: FAULTS["EACCES"] as SystemFault,
  5: { code: "FILE_IN_USE", why: "another process has it open: end that one" },
  6: { code: "FILE_IN_USE", why: "another process has it open: end that one" },
  8: { code: "DISK_READ_ONLY", why: "it cannot be written: see that its file system is mounted for writing, and who owns the file" },
  10: { code: "DISK_FAILING", why: FAILING },
  11: { code: "DATA_DAMAGED", why: "it is damaged" },
  13: { code: "DISK_FULL", why: FULL },
  14: {
    code: "ACCESS_DENIED",
    why: "it cannot be opened: see that it is a file, who owns it, and that its file system is mounted for writing",
  },
  26: { code: "DATA_DAMAGED", why: "it is damaged, or no database" },
};

/** `SQLITE_IOERR_SHMSIZE`: on a full disk a database that is opened does not get the file through which its users share an index. */
const NO_ROOM_FOR_SHARED_MEMORY = 4874;

/** Converts an error of `node:sqlite` to one that names the problem; undefined for any other error, and for mistakes in the query. */
export function databaseFault(error: unknown): SystemFault | undefined {
  const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown };
  if (code !== "ERR_SQLITE_ERROR" || typeof errcode !== "number") return undefined;
  return SQLITE_FAULTS[errcode === NO_ROOM_FOR_SHARED_MEMORY ? 13 : errcode & 0xff];
}

/** Codes that only the caller can judge; if the caller did not, an unexpected file or folder lies there. */
const MISPLACED: Readonly<Record<string, SystemFault>> = {
  ENOENT: { code: "IO_ERROR", why: "it does not exist: create it, or name another place" },
  ENOTDIR: { code: "IO_ERROR", why: "a part of its path is not a folder: name another place, or move that away" },
  EEXIST: { code: "IO_ERROR", why: "something else lies in its place: name another place, or move that away" },
  EISDIR: { code: "IO_ERROR", why: "it is a folder, where a file should be: move it away" },
  ENOTEMPTY: { code: "IO_ERROR", why: "it is a folder that is not empty: see what lies in it" },
};

/** System calls that do not concern a disk, though their errors have the same codes. */
const ELSEWHERE = /^(connect|listen|bind|accept|getaddrinfo|getname|shutdown|send|recv|kill|spawn|uv_)/;

/** Converts a failed file system call to an error that names the problem; undefined for any other error. */
export function fileSystemFault(error: unknown): (SystemFault & { place: string }) | undefined {
  const fault = systemFault(error) ?? MISPLACED[systemCode(error) ?? ""];
  const { syscall, path } = (error ?? {}) as { syscall?: unknown; path?: unknown };
  if (!fault || typeof syscall !== "string" || ELSEWHERE.test(syscall)) return undefined;
  if (typeof path !== "string" && systemCode(error) === "ETIMEDOUT") return undefined; // the peer stopped answering
  return { ...fault, place: typeof path === "string" ? path : syscall };
}
