import type { Digest, Role, Unit } from "@sitewright/protocol";
import type { FileIdentity, Inode } from "../../domain/file-identity.ts";
import type { UnitState } from "../../domain/unit-state.ts";
import type { Disk, HashCache } from "./disk-ports.ts";
import type { Log } from "../session/link-ports.ts";

/** The agent's durable memory of its units. What a method wrote has survived a loss of power when it returns. */
export interface UnitStore {
  /** A fresh state for a unit never heard of. */
  read(unit: Unit): UnitState;
  write(state: UnitState): void;
  all(): UnitState[];
  /** Records a switch before its first step. */
  beginSwitch(unit: Unit, pending: PendingSwitch): void;
  /** Ends it and takes over the state after it, in one commit. */
  endSwitch(state: UnitState): void;
  pendingSwitch(unit: Unit): PendingSwitch | undefined;
  /** Units whose switch was begun and not ended. */
  unitsInSwitch(): Unit[];
}

/** Files of the staging folder that are complete and on the disk, by path. */
export interface StagedFiles {
  all(unit: Unit): Map<string, FileIdentity>;
  find(unit: Unit, path: string): FileIdentity | undefined;
  add(unit: Unit, files: readonly (readonly [string, FileIdentity])[]): void;
  clear(unit: Unit): void;
}

/** Manifests that the states speak of. */
export interface ManifestStore {
  save(digest: Digest, bytes: Uint8Array): void;
  /** The bytes; undefined when they are not here or no longer what they were. */
  load(digest: Digest): Uint8Array | undefined;
  keepOnly(digests: ReadonlySet<Digest>): void;
}

/** One owned path in a switch of generations. */
export interface SwitchRow {
  path: string;
  /** Its name in the switch's folder. */
  place: string;
  /** What is live before, if anything. */
  out: Inode | undefined;
  /** What comes in, if anything. */
  in: Inode | undefined;
}

/** All that is needed to carry a switch to its end, also after a crash. */
export interface PendingSwitch {
  root: string;
  /** Holds what comes in, and takes what goes out. */
  folder: string;
  /** Where that folder goes in the end. */
  keepAt: string;
  rows: SwitchRow[];
  /** Files that get a second name in what comes in, before anything is exchanged. */
  links: { from: string; to: string; inode: Inode }[];
  after: UnitState;
}

/** Quick work around the exchange, done at once so that nothing comes between. */
export interface Switcher {
  /** What lies at the owned paths and in `folder`. Makes `folder`, if it is missing. */
  survey(root: string, folder: string, paths: readonly { path: string; place: string }[]): SwitchRow[];
  /** Inode of the plain file at `path`. */
  fileInode(root: string, path: string): Inode | undefined;
  exists(root: string, path: string): boolean;
  /** Goes on from wherever it stopped; safe to repeat. */
  carryOut(pending: PendingSwitch): void;
  /** Unlinks the file at `path` if it is that very inode. */
  unlink(root: string, path: string, inode: Inode): void;
  /** Moves a path out of the way at once and removes it in the background; ends with the number of files removed. */
  discard(root: string, path: string): Promise<number>;
}

/** All that the orders work with. */
export interface Site {
  roots: readonly { role: Role; path: string }[];
  disk: Disk;
  cache: HashCache;
  units: UnitStore;
  stagedFiles: StagedFiles;
  manifests: ManifestStore;
  switcher: Switcher;
  log: Log;
}
