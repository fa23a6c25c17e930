import { constants } from "node:fs";
import type { Rights } from "../../../domain/rights/rights.ts";
import type { FileIdentity, IdentityWords } from "../../../domain/tree/file-identity.ts";

/** Missing on some platforms, where 0 means: no such protection. */
export const NO_FOLLOW: number = constants.O_NOFOLLOW ?? 0;
/** Opens a file to be read: never through a link, and never waiting for a pipe. */
export const READ: number = constants.O_RDONLY | NO_FOLLOW | (constants.O_NONBLOCK ?? 0);

/** A folder to reach names in. Good until its anchor is trimmed. */
export interface OpenFolder {
  /** A path for `node:fs` calls. */
  at: string;
  /** Where folders are held open; to be closed by whoever opened it. */
  fd: number | undefined;
}

export interface EntryKind {
  kind: "folder" | "file" | "link" | "other";
  /** Permissions. */
  mode: number;
}

/** What lies at a name. */
export interface EntryFacts extends EntryKind {
  identity: FileIdentity;
  /** Bytes. */
  size: number;
  /** ms since 1970. */
  modified: number;
  /** How many names it has. */
  names: number;
  uid: number;
  gid: number;
}

/** As much of it as a stamp needs, which costs a third. */
export interface EntryWords extends EntryKind {
  words: IdentityWords;
  /** How many names it has. */
  names: number;
}

/** Extended attributes of files and folders. */
export interface Attributes {
  /** Those that say who may do what. Follows no link at the end of the path. */
  read(path: string): Rights["attributes"];
  /** Throws with a system code. */
  set(fd: number, name: string, value: Uint8Array): void;
  remove(fd: number, name: string): void;
}

/** How a staged folder takes the place of a live one. */
export interface Exchange {
  /** Swaps two names that both exist. `aside` is a free name beside the second, used where one step cannot do it. */
  swap(live: string, other: string, aside: string): void;
  /** Moves to a free name; throws EEXIST when it is taken. */
  move(from: string, to: string): void;
}

/** Calls by a name in an open folder, and of what is open. They follow no link, and throw with a system code. */
export interface Entries {
  look(folder: OpenFolder, name: string): EntryFacts;
  lookForWords(folder: OpenFolder, name: string): EntryWords;
  identityOfOpen(fd: number): FileIdentity;
  /** As `openSync`. @param mode Permissions, of a file that is made. */
  open(folder: OpenFolder, name: string, flags: number, mode?: number): number;
}

/** Where operating systems differ below a role root. Chosen once, in `platform.ts`; nothing else of the agent asks which one it is. */
export interface Platform extends Entries {
  /** Opens one folder by a path whose parent is anchored; `name` is how errors call it. Throws `LINK_IN_PATH`, ENOENT or ENOTDIR. */
  openFolder(at: string | Buffer, name: string): OpenFolder;
  /** A path that means an open file, whatever its own path means by now; else that path. */
  pathOfOpen(fd: number, path: string): string;
  /** Lets us open a file of ours that its permissions close to us. False where it is no plain file with one name, or there is no safe way. */
  reclaim(place: string): boolean;
  /** Makes a file that shares its blocks with an open one, and that we may open. Throws what the system refuses with. */
  cloneFile(source: number, place: string): void;
  /** Whom files that are made here belong to; undefined where owners are no numbers. */
  account(): { uid: number; gid: number } | undefined;

  readonly attributes: Attributes;
  /** Whether files have the permissions of POSIX. */
  readonly hasModes: boolean;
  /** Whether what goes live is given the rights of what it replaces. */
  readonly keepsRights: boolean;

  readonly exchange: Exchange;
  /** Swaps two names in one step, or throws what the system refuses with. */
  swapAtOnce(a: string, b: string): void;
  /** Through which mount a name is reached. Missing where a refused move says nothing of why, so that none is tried. */
  readonly mountOf?: (place: string) => string;
  /** As the system calls the file system at a path. */
  fileSystemOf(path: string): string;

  /** Puts one written file on the disk, unless `syncAll` does so for all of them. */
  syncFile(fd: number): void;
  /** Puts everything that was written to the file system of a root on the disk. */
  syncAll(root: string): void;
}
