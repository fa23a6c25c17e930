import type { Chunk, Digest, OwnedPath } from "@sitewright/protocol";
import type { KeptMode } from "../../domain/tree/compare-tree.ts";
import type { FileIdentity, Inode } from "../../domain/tree/file-identity.ts";
import type { TreeStamp } from "../../domain/tree/tree-stamp.ts";
import type { FoundColumns } from "../inspect/found-columns.ts";

/** In the place of an identity, for a file that another program has open for itself alone. */
export const IN_USE = false;

/**
 * Work on the disk below one role root. Every `path` is relative to the root; no symbolic link is ever followed. Errors are `LINK_IN_PATH`,
 * `DISK_FULL`, `CANCELLED` or `IO_ERROR`.
 */
export interface DiskJobs {
  /**
   * The next entries at and below `path` (as the entry ""), at most `most`, in the order of a manifest; nothing if it is missing. `cursor`
   * is the `next` of the previous answer.
   */
  walk: { ask: WalkAsk; answer: WalkPart };
  /** What a share of several trees adds to their stamp. */
  stamp: { ask: StampAsk; answer: TreeStamp };
  /**
   * The identity of each file; undefined for one that does not hold exactly the given chunks, or was changed since it was found, and
   * `IN_USE` for one that another program has open for itself alone.
   */
  match: { ask: { files: MatchAsk[] }; answer: (FileIdentity | typeof IN_USE | undefined)[] };
  /** What the files hold; undefined for one that is missing, not a plain file, or changed while it was read. */
  hash: { ask: { paths: string[] }; answer: (HashAnswer | undefined)[] };
  /** Which of the given chunks are correct in place, consecutively from the start of the file, which is then given the length `size`. */
  check: { ask: { path: string; chunks: readonly Chunk[]; size?: number }; answer: boolean[] };
  /** The attributes of the plain files at the given paths, without opening them. */
  look: { ask: { paths: string[] }; answer: Looks };
  /** Creates folders (accessible to the agent alone for now) and links; an existing folder stays. */
  make: { ask: MakeAsk; answer: void };
  /** Undefined for a file whose source has changed. */
  adopt: { ask: { files: AdoptAsk[] }; answer: (FileIdentity | undefined)[] };
  /** Copies chunks from file to file; false for one whose bytes were not the expected ones. */
  copy: { ask: { pieces: CopyAsk[] }; answer: boolean[] };
  /** Gives files their final size, time and permissions. */
  finish: { ask: { files: FinishAsk[] }; answer: FileIdentity[] };
  /** Permissions of folders, in the given order. */
  modes: { ask: { folders: { path: string; mode: number }[] }; answer: void };
  /** Whether each path has exactly the rights that it would be given now. */
  rights: { ask: RightsAsk; answer: boolean[] };
  /** Whether each owned folder that is live lets clients write, or not, as its class says. */
  classes: { ask: { owned: readonly OwnedPath[] }; answer: boolean[] };
  /**
   * Gives what is about to go live the rights of what it replaces, or else what the surrounding folder passes on. Throws `RIGHTS_NOT_KEPT`.
   */
  place: { ask: PlaceAsk; answer: PlaceAnswer };
  /** Gives plain files a second name, or a copy if that is refused; undefined for a missing one, false on failure. */
  link: { ask: { links: { from: string; to: string }[] }; answer: (Inode | false | undefined)[] };
  /** Removes `path`; counts files. The later identities of those at `forget`, below it, are not needed. */
  remove: { ask: { path: string; forget?: readonly string[] }; answer: RemoveAnswer };
  /** Syncs everything written below the root. */
  sync: { ask: Record<never, never>; answer: void };
}

export interface MakeAsk {
  folders: string[];
  links: { path: string; target: string }[];
  /** Those of the folders that will be exchanged, with where to. */
  tops?: { path: string; live: string; clientsWrite: boolean }[];
  /** Those of the folders that lie below them, with where to. */
  inner?: { path: string; live: string }[];
}

export interface WalkAsk {
  path: string;
  most: number;
  /** Left out, with everything in them. Below `path`. */
  except?: readonly string[];
  cursor?: WalkCursor;
}

export interface WalkPart {
  found: FoundColumns;
  /** Missing at the end. */
  next?: WalkCursor;
}

/** Where a walk continues: its open folders, from the outermost. Any thread can continue it. */
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
  /** Where each owned path is, and its name in the stamp. */
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
  /** The agent's folder that holds what goes live. */
  folder: string;
  /** The present place and the destination of each owned path. */
  tops: { staged: string; live: string; clientsWrite: boolean }[];
  seed: string;
  /** Which part of the work this is, of how many. */
  share: number;
  shares: number;
}

/** Changes of the tree. */
export interface PlaceAnswer {
  /** Contribution of the changed entries to the stamp of the tree, before and after. */
  before: TreeStamp;
  after: TreeStamp;
  /** Files, before and after. */
  touched: [FileIdentity, FileIdentity][];
  /** Files that are copies by now, because their inodes have other names: live path, and new identity. */
  apart: [string, FileIdentity][];
}

export interface MatchAsk {
  path: string;
  /** Its identity when it was found. */
  identity: FileIdentity;
  chunks: readonly Chunk[];
}

export interface HashAnswer {
  identity: FileIdentity;
  chunks: Chunk[];
}

/** One of each for every requested path. */
export interface Looks {
  /** Undefined if there is no plain file. */
  identities: (FileIdentity | undefined)[];
  modes: number[];
  /** ms since 1970. */
  modified: number[];
  /** Whether it belongs to the agent's account. */
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
  /** Identity of the source when its content became known. */
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
  /** Files that remain under another name, whose ctime the removal changed: before and after. */
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
  /** Bytes that may still be written below the root. */
  freeBytes: (root: string) => Promise<number>;
  keptMode: KeptMode;
}

export interface RunOptions {
  signal?: AbortSignal;
}

/** What files held when last read, and which of them hold a chunk. Only a cache: it may forget, but must not be wrong. */
export interface HashCache {
  get(identity: FileIdentity): CachedFile | undefined;
  /** When a file was hashed, ms since 1970. */
  hashedAt(identity: FileIdentity): number | undefined;
  put(files: readonly CachedEntry[]): void;
  /** Files whose entries proved wrong. */
  forget(identities: readonly FileIdentity[]): void;
  /** The same file after a change that left its content alone. */
  renew(changes: readonly (readonly [FileIdentity, FileIdentity])[]): void;
  /** Some places where each chunk was seen. Their content may have changed: what is read is verified. */
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
  /** Its place in the live tree, at present, formerly or later: in terms of the manifest. */
  path: string;
  identity: FileIdentity;
  chunks: readonly Chunk[];
}
