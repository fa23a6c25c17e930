import type { Digest, ManifestEntry, ManifestHead, ManifestTotals, OwnedPath, Role, Unit } from "@sitewright/protocol";
import type { FileIdentity, Inode } from "../../domain/tree/file-identity.ts";
import type { UnitState } from "../../domain/unit-state.ts";
import type { Log, Warnings } from "./link.ts";

/** The agent's durable memory of its units. When a method returns, its writes survive a power failure. */
export interface UnitStore {
  /** A fresh state for an unknown unit. */
  read(unit: Unit): UnitState;
  write(state: UnitState): void;
  all(): UnitState[];
  /** Records a switch before its first step. */
  beginSwitch(unit: Unit, pending: PendingSwitch): void;
  /** Ends it and stores the new state, in one commit. */
  endSwitch(state: UnitState): void;
  /** Ends one that was taken back: the state stays. */
  dropSwitch(unit: Unit): void;
  pendingSwitch(unit: Unit): PendingSwitch | undefined;
  /** Units with an unfinished switch. */
  unitsInSwitch(): Unit[];
}

/** Files of the staging folder that are complete and synced, by path. */
export interface StagedFiles {
  find(unit: Unit, path: string): FileIdentity | undefined;
  add(unit: Unit, files: readonly (readonly [string, FileIdentity])[]): void;
  clear(unit: Unit): void;
}

/** Manifests that the states refer to, on this disk: too large to be held in memory as a whole. */
export interface ManifestStore {
  /** Undefined when it is incomplete, or was changed. */
  open(digest: Digest): HeldManifest | undefined;
  /** Receives a manifest of this size; continues where an earlier attempt stopped. Must always be closed. */
  receive(digest: Digest, bytes: number): ManifestReceipt;
  /** Removes all others, including partly received ones, but not those that are being received. */
  keepOnly(digests: ReadonlySet<Digest>): void;
}

/** A manifest that was checked against its digest and its rules. It stays on the disk until it is disposed of, regardless of `keepOnly`. */
export interface HeldManifest extends Disposable {
  digest: Digest;
  head: ManifestHead;
  entries: number;
  totals: ManifestTotals;
  /** All entries, in order, some thousand at a time. */
  windows(): Iterable<ManifestWindow>;
  /** Canonical bytes, `to` not included. */
  read(from: number, to: number): Uint8Array;
}

/** Consecutive entries of a manifest. */
export interface ManifestWindow {
  entries: ManifestEntry[];
  /** Ordinal of their first chunk. */
  first: number;
}

export interface ManifestReceipt extends Disposable {
  /** Bytes received. */
  length(): number;
  append(bytes: Uint8Array): void;
  /** Everything has arrived. Throws `HASH_MISMATCH`, `MANIFEST_INVALID`, `UNSAFE_PATH` or `NOT_OWNED`, and discards what was received. */
  finish(): HeldManifest;
}

/** One owned path in a switch of generations. */
export interface SwitchRow {
  path: string;
  /** Its name in the switch's folder. */
  place: string;
  /** What is live before, if anything. */
  out: Inode | undefined;
  /** What becomes live, if anything. */
  in: Inode | undefined;
}

/** Everything needed to carry a switch to its end, also after a crash. */
export interface PendingSwitch {
  root: string;
  /** Holds the incoming tree, and then the outgoing one. */
  folder: string;
  /** Final place of that folder. */
  keepAt: string;
  rows: SwitchRow[];
  after: UnitState;
  /** It could not continue and is being taken back. */
  back?: true;
}

/** Quick, synchronous work around the exchange. */
export interface Switcher {
  /** The present entries at the owned paths and in `folder`. Creates `folder`, if it is missing. */
  survey(root: string, folder: string, paths: readonly { path: string; place: string }[]): SwitchRow[];
  exists(root: string, path: string): boolean;
  /** Tries every row without moving anything, and makes room for what is replaced. Throws `SWITCH_BLOCKED`. */
  prepare(pending: PendingSwitch): void;
  /** Continues from wherever it stopped; safe to repeat. */
  carryOut(pending: PendingSwitch): void;
  /** As `carryOut`, in reverse. Returns false when there is nothing to undo any more: it was carried out. */
  takeBack(pending: PendingSwitch): boolean;
  /** Unlinks each file that still has that inode; reports those that cannot be unlinked. */
  unlink<File extends { path: string; inode: Inode }>(
    root: string,
    files: readonly File[],
    failed: (file: File, error: unknown) => void,
  ): void;
  /**
   * Moves a path out of the way immediately and removes it in the background; resolves with the number of files removed.
   * @param forget Files below it whose identities under other names are not needed.
   */
  discard(root: string, path: string, forget?: readonly string[]): Promise<number>;
}

/** Whether the disks of the role roots are present. */
export interface Roots {
  /** Checks the role root, and starts work in it when its disk is present again. Throws `ROOT_AWAY` or `ROOT_UNFIT`. */
  require(root: string): void;
  /** As `require`, at the cost of one `stat` while the same folder is at the path. */
  glance(root: string): void;
  isHeld(root: string): boolean;
  /** Why each held root is held, and the limitations of the others' file systems, in words. */
  warnings: Warnings;
}

/** Names that Windows clients cannot distinguish from the agent's. */
export interface NameTwins {
  /** Checks every name on the path to the owned paths. Throws `NAME_TWIN`. */
  refuse(root: string, owned: readonly Pick<OwnedPath, "path">[]): void;
}

/** What is needed to read and change the state of units. */
export interface UnitServices {
  roots: readonly { role: Role; path: string }[];
  presence: Roots;
  units: UnitStore;
  manifests: ManifestStore;
  switcher: Switcher;
  log: Log;
}
