import { constants } from "node:fs";
import type { Rights } from "../../../domain/rights/rights.ts";
import type { KeptMode } from "../../../domain/tree/compare-tree.ts";
import type { FileIdentity, IdentityWords } from "../../../domain/tree/file-identity.ts";

/** Missing on some platforms, where 0 means: no such protection. */
export const NO_FOLLOW: number = constants.O_NOFOLLOW ?? 0;
/** Opens a file for reading: never through a link, and never waiting for a pipe. */
export const READ: number = constants.O_RDONLY | NO_FOLLOW | (constants.O_NONBLOCK ?? 0);

/** A folder in which names are looked up. Valid until its anchor is trimmed. */
export interface OpenFolder {
  /** A path for `node:fs` calls. */
  at: string;
  /** Holds folders open; its creator closes it. */
  fd: number | undefined;
}

export interface EntryKind {
  kind: "folder" | "file" | "link" | "other";
  /** Permissions. */
  mode: number;
}

/** Attributes of a name. */
export interface EntryFacts extends EntryKind {
  identity: FileIdentity;
  /** Bytes. */
  size: number;
  /** ms since 1970. */
  modified: number;
  /** Number of its names. */
  names: number;
  uid: number;
  gid: number;
}

/** The part that a stamp needs, at a third of the cost. */
export interface EntryWords extends EntryKind {
  words: IdentityWords;
  /** Number of its names. */
  names: number;
}

/** Extended attributes of files and folders. */
export interface Attributes {
  /** Those that define access rights. Does not follow a link at the end of the path. */
  read(path: string): Rights["attributes"];
  /** Throws with a system code. */
  set(fd: number, name: string, value: Uint8Array): void;
  remove(fd: number, name: string): void;
}

/** Paths for `node:fs` calls. */
export interface StagedTop {
  staged: string;
  /** Missing: nothing is there. */
  live?: string;
  /** The next existing folder above that. */
  parent: string;
  clientsWrite: boolean;
  kind: "file" | "folder";
}

/** How a staged folder replaces a live one. */
export interface Exchange {
  /** Swaps two existing names. `aside` is a free name beside the second, used if one step is not possible. */
  swap(live: string, other: string, aside: string): void;
  /** Moves to a free name; throws EEXIST when it is taken. */
  move(from: string, to: string): void;
  /** Whether a refusal means that another program or a client has something open there, so that it may succeed later. */
  isInUse(error: unknown): boolean;
  /** Who has what open in a folder, in words; empty if the system does not say. */
  usersOf?(folder: string): string;
}

/** Lets a link to a folder lead to another one, in one step. @param folder Absolute. */
export type Retarget = (place: string, folder: string) => void;

/** Calls by a name in an open folder, and on open files. They follow no link, and throw with a system code. */
export interface Entries {
  look(folder: OpenFolder, name: string): EntryFacts;
  lookForWords(folder: OpenFolder, name: string): EntryWords;
  identityOfOpen(fd: number): FileIdentity;
  /** The same with its permissions. */
  lookAtOpen(fd: number): { identity: FileIdentity; mode: number };
  /** As `openSync`. @param mode Permissions of a created file. */
  open(folder: OpenFolder, name: string, flags: number, mode?: number): number;
}

/**
 * Differences between operating systems below a role root. Chosen once, in `platform.ts`; no other code of the agent depends on the system.
 */
export interface Platform extends Entries {
  /** Opens one folder by a path whose parent is anchored; `name` is its name in errors. Throws `LINK_IN_PATH`, ENOENT or ENOTDIR. */
  openFolder(at: string | Buffer, name: string): OpenFolder;
  /** A path that denotes an open file, even if its own path denotes another by now; else its path. */
  pathOfOpen(fd: number, path: string): string;
  /**
   * Makes a file of the agent accessible despite its permissions. False if it is not a plain file with one name, or there is no safe way.
   */
  reclaim(place: string): boolean;
  /** Creates a file that shares its blocks with an open one, and that the agent may open. Throws the system's error. */
  cloneFile(source: number, place: string): void;
  /** Owner of created files; undefined where owners are not numbers. */
  account(): { uid: number; gid: number } | undefined;

  /** What it keeps of permissions, in the form that `look` reports. */
  readonly keptMode: KeptMode;
  /** Creates a symbolic link. Throws the system's error, or one that says what the agent's account lacks. */
  makeLink(target: string, place: string): void;
  /** Target of a link as a manifest writes it. */
  targetOf(place: string): string;

  readonly attributes: Attributes;
  /** Whether a folder cannot be moved while a file in it is open. */
  readonly openFilesHoldFolders: boolean;
  /** Closes the agent's own folder to all other accounts, where its permissions do not, and hides it. */
  closeOwnFolder?(place: string): void;
  /**
   * Gives the staged top of an owned path the access control list of what it replaces, or else what a new folder in `parent` would get:
   * before anything is made in it, which inherits that. Missing where permissions and attributes say it all (`keepsRights`).
   */
  takeRights?(top: StagedTop): void;
  /** Gives what is staged below that the list of what it replaces; returns whether it had another one. Missing where `takeRights` is. */
  keepOwnEntries?(live: string, staged: string): boolean;
  /** Whether the list of a file or folder is more than what it inherits. Missing where `takeRights` is. */
  hasOwnEntries?(place: string): boolean;
  /** Whether a served folder lets clients write, or not, as its class says. Missing where its permissions say it. */
  admitsClass?(place: string, clientsWrite: boolean): boolean;
  /** Whether files have the permissions of POSIX. */
  readonly hasModes: boolean;
  /** Whether what goes live gets the rights of what it replaces. */
  readonly keepsRights: boolean;

  /** Whether its file systems usually exchange two names in one step; else that is a property of the system, not a fault of a disk. */
  readonly exchangesNames: boolean;
  readonly exchange: Exchange;
  /** Missing where names are exchanged in one step anyway. */
  readonly retarget?: Retarget;
  /** Swaps two names in one step, or throws the system's error. */
  swapAtOnce(a: string, b: string): void;
  /** The mount of a name. Missing where a refused move does not show its cause, so that none is tried. */
  readonly mountOf?: (place: string) => string;
  /** Folders of the system itself, in and above which nothing may be served. */
  systemFolders(): string[];
  /** Signals that end the program in order, besides SIGTERM and SIGINT. */
  readonly stopSignals: readonly NodeJS.Signals[];
  /** Kills a process that was started as the first of its group, and its children. */
  endTree(pid: number): void;
  /** Gives the system what the C library keeps of freed memory. Missing where it keeps little. */
  releaseMemory?(): void;
  /** Name of the file system at a path. */
  fileSystemOf(path: string): string;

  /** Syncs one written file to the disk, unless `syncAll` does so for all of them. */
  syncFile(fd: number): void;
  /** Syncs everything that was written to the file system of a root. */
  syncAll(root: string): void;
}
