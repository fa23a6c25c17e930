import type { Chunk, Digest } from "@sitewright/protocol";
import type { FileIdentity, Inode } from "../../domain/tree/file-identity.ts";
import type { TreeStamp } from "../../domain/tree/tree-stamp.ts";
import type { FoundColumns } from "../inspect/found-columns.ts";

/**
 * Work on the disk below one role root. Every `path` is relative to the root; nothing is ever reached through a symbolic link.
 * Errors are `LINK_IN_PATH`, `DISK_FULL`, `CANCELLED` or `IO_ERROR`.
 */
export interface DiskJobs {
  /**
   * The next entries at and below `path` (as the entry ""), at most so many, in the order of a manifest; nothing when it is not
   * there. `cursor` is the `next` of the answer before.
   */
  walk: { ask: WalkAsk; answer: WalkPart };
  /** What a share of several trees adds to their stamp. */
  stamp: { ask: StampAsk; answer: TreeStamp };
  /** Who each file is; undefined for one that does not hold the given chunks and nothing else, or was changed since it was found. */
  match: { ask: { files: MatchAsk[] }; answer: (FileIdentity | undefined)[] };
  /** What the files hold; undefined for one that is gone, no plain file, or changed while it was read. */
  hash: { ask: { paths: string[] }; answer: (HashAnswer | undefined)[] };
  /** Which of the given chunks lie right at their place, one after another from the start of the file, which is `size` bytes long afterwards. */
  check: { ask: { path: string; chunks: readonly Chunk[]; size?: number }; answer: boolean[] };
  /** What the plain files at the given paths are, without opening them. */
  look: { ask: { paths: string[] }; answer: Looks };
  /** Makes folders (open to us alone for now) and links; a folder that is there already stays. */
  make: { ask: { folders: string[]; links: { path: string; target: string }[] }; answer: void };
  /** Undefined for a file whose source was not what it should be. */
  adopt: { ask: { files: AdoptAsk[] }; answer: (FileIdentity | undefined)[] };
  /** Copies chunks from file to file; false for one whose bytes were not the expected ones. */
  copy: { ask: { pieces: CopyAsk[] }; answer: boolean[] };
  /** Gives files their final size, time and permissions. */
  finish: { ask: { files: FinishAsk[] }; answer: FileIdentity[] };
  /** Permissions of folders, in the given order. */
  modes: { ask: { folders: { path: string; mode: number }[] }; answer: void };
  /** Whether what lies at each path has just the rights that it would be given now. */
  rights: { ask: RightsAsk; answer: boolean[] };
  /** Gives what is about to go live the rights of what it replaces, else what the folder around passes on. Throws `RIGHTS_NOT_KEPT`. */
  place: { ask: PlaceAsk; answer: PlaceAnswer };
  /** Gives plain files a second name, or a copy where they may have none; undefined for one that is not there, false where that fails. */
  link: { ask: { links: { from: string; to: string }[] }; answer: (Inode | false | undefined)[] };
  /** Removes whatever lies at `path`; counts files. Of those at `forget`, below it, nobody wants to know what they are afterwards. */
  remove: { ask: { path: string; forget?: readonly string[] }; answer: RemoveAnswer };
  /** What was written below the root is on the disk afterwards. */
  sync: { ask: Record<never, never>; answer: void };
}

export interface WalkAsk {
  path: string;
  most: number;
  /** Left out, with all that is in them. Below `path`. */
  except?: readonly string[];
  cursor?: WalkCursor;
}

export interface WalkPart {
  found: FoundColumns;
  /** Missing at the end. */
  next?: WalkCursor;
}

/** Where a walk continues: the folders that it is in, from the outermost. Any thread can take it up. */
export type WalkCursor = WalkLevel[];

export interface WalkLevel {
  /** Below the path of the walk. */
  folder: string;
  /** Names in it, sorted, in UTF-8 with a slash after each. */
  names: SharedArrayBuffer;
  /** The first byte of the name that is next. */
  at: number;
}

export interface StampAsk {
  /** Where each owned path lies, and its name in the stamp. */
  tops: { path: string; name: string }[];
  /** Names that are left out. */
  except: readonly string[];
  seed: string;
  /** Which part of the work this is, of how many. */
  share: number;
  shares: number;
}

export interface RightsAsk {
  /** Owned paths. */
  tops: readonly string[];
  /** With the permissions that their manifest has. */
  entries: readonly { path: string; kind: "folder" | "file"; mode: number }[];
}

export interface PlaceAsk {
  /** The folder of ours that holds what goes live. */
  folder: string;
  /** Where each owned path lies now, and where it goes. */
  tops: { staged: string; live: string }[];
  seed: string;
  /** Which part of the work this is, of how many. */
  share: number;
  shares: number;
}

/** What changed of the tree. */
export interface PlaceAnswer {
  /** What the changed entries added to the stamp of the tree, and what they add now. */
  before: TreeStamp;
  after: TreeStamp;
  /** Files, before and after. */
  touched: [FileIdentity, FileIdentity][];
  /** Files that are copies by now, since their inodes have other names: live path, and what they are now. */
  apart: [string, FileIdentity][];
}

export interface MatchAsk {
  path: string;
  /** What it was when it was found. */
  identity: FileIdentity;
  chunks: readonly Chunk[];
}

export interface HashAnswer {
  identity: FileIdentity;
  chunks: Chunk[];
}

/** One of each for every path that was asked for. */
export interface Looks {
  /** Undefined where no plain file lies. */
  identities: (FileIdentity | undefined)[];
  modes: number[];
  /** ms since 1970. */
  modified: number[];
  /** Whether it belongs to the account that we are. */
  ours: boolean[];
}

/** A file to read from: below the role root of the job, another one, or a seed. */
export interface SourcePlace {
  root: string;
  path: string;
}

export interface FinishAsk {
  path: string;
  size: number;
  mode: number;
  modified: number;
}

export interface AdoptAsk extends FinishAsk {
  from: SourcePlace;
  /** What the source was when its content became known. */
  identity: FileIdentity;
  link: boolean;
  chunks: readonly Chunk[];
}

export interface CopyAsk {
  from: SourcePlace;
  at: number;
  path: string;
  /** Bytes of the whole file. */
  fileSize: number;
  offset: number;
  digest: Digest;
  size: number;
}

export interface RemoveAnswer {
  files: number;
  /** Files that live on under another name, whose ctime our removal changed: before and after. */
  touched: [FileIdentity, FileIdentity][];
}

export type JobKind = keyof DiskJobs;

/** Runs disk work off the event loop. */
export interface Disk {
  run: <Kind extends JobKind>(
    root: string,
    kind: Kind,
    ask: DiskJobs[Kind]["ask"],
    options?: RunOptions,
  ) => Promise<DiskJobs[Kind]["answer"]>;
  /** Bytes that we may still write below the root. */
  freeBytes: (root: string) => Promise<number>;
}

export interface RunOptions {
  signal?: AbortSignal;
}

/** What files held when they were last looked at, and which of them hold a chunk. Only a cache: it may forget, but never lie. */
export interface HashCache {
  get(identity: FileIdentity): CachedFile | undefined;
  /** When a file was hashed, ms since 1970. */
  hashedAt(identity: FileIdentity): number | undefined;
  put(files: readonly CachedEntry[]): void;
  /** Files that are not what they were taken for. */
  forget(identities: readonly FileIdentity[]): void;
  /** The same file after a change that left its content alone. */
  renew(changes: readonly (readonly [FileIdentity, FileIdentity])[]): void;
  /** Some places where each chunk was seen, no more than a few. Others may lie there by now: what is read is verified. */
  places(digests: readonly Digest[]): Map<Digest, ChunkPlace[]>;
  /** The file of a place. */
  file(id: number): Omit<CachedEntry, "chunks"> | undefined;
}

export interface ChunkPlace {
  file: number;
  /** Bytes from its start. */
  at: number;
}

export interface CachedFile {
  chunks: Chunk[];
  /** When it was hashed, ms since 1970. */
  hashedAt: number;
}

export interface CachedEntry {
  root: string;
  /** Where it is in the live tree, or was or will be: in terms of the manifest. */
  path: string;
  identity: FileIdentity;
  chunks: readonly Chunk[];
}
