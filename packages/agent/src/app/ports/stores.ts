import type { Digest, ManifestEntry, ManifestHead, ManifestTotals, OwnedPath, Role, Unit } from "@sitewright/protocol";
import type { FileIdentity, Inode } from "../../domain/tree/file-identity.ts";
import type { UnitState } from "../../domain/unit-state.ts";
import type { Log, Warnings } from "./link.ts";

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
  /** Ends one that was taken back: the state stays. */
  dropSwitch(unit: Unit): void;
  pendingSwitch(unit: Unit): PendingSwitch | undefined;
  /** Units whose switch was begun and not ended. */
  unitsInSwitch(): Unit[];
}

/** Files of the staging folder that are complete and on the disk, by path. */
export interface StagedFiles {
  find(unit: Unit, path: string): FileIdentity | undefined;
  add(unit: Unit, files: readonly (readonly [string, FileIdentity])[]): void;
  clear(unit: Unit): void;
}

/** Manifests that the states speak of, on this disk: too large to be held in memory as a whole. */
export interface ManifestStore {
  /** Undefined when it is not here as a whole, or no longer what it was. */
  open(digest: Digest): HeldManifest | undefined;
  /** Takes in a manifest of so many bytes; continues where an earlier attempt stopped. To be closed in any case. */
  receive(digest: Digest, bytes: number): ManifestReceipt;
  /** Removes all others, what was received in part included, but nothing that is being received. */
  keepOnly(digests: ReadonlySet<Digest>): void;
}

/** A manifest that was proved, as its digest and as a manifest. It stays on the disk until it is disposed of, whatever `keepOnly` says. */
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
  /** Bytes that are here. */
  length(): number;
  append(bytes: Uint8Array): void;
  /** All has come. Throws `HASH_MISMATCH`, `MANIFEST_INVALID`, `UNSAFE_PATH` or `NOT_OWNED`, and forgets what was received. */
  finish(): HeldManifest;
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
  after: UnitState;
  /** It could not continue: what is done of it is undone. */
  back?: true;
}

/** Quick work around the exchange, done at once so that nothing comes between. */
export interface Switcher {
  /** What lies at the owned paths and in `folder`. Makes `folder`, if it is missing. */
  survey(root: string, folder: string, paths: readonly { path: string; place: string }[]): SwitchRow[];
  exists(root: string, path: string): boolean;
  /** Tries every row without moving anything, and makes room for what goes out. Throws `SWITCH_BLOCKED`. */
  prepare(pending: PendingSwitch): void;
  /** Continues from wherever it stopped; safe to repeat. */
  carryOut(pending: PendingSwitch): void;
  /** As `carryOut`, to where it began. Returns false when there is nothing to undo any more: it was carried out. */
  takeBack(pending: PendingSwitch): boolean;
  /** Unlinks each file that is that very inode; tells of those that cannot be unlinked. */
  unlink<File extends { path: string; inode: Inode }>(
    root: string,
    files: readonly File[],
    failed: (file: File, error: unknown) => void,
  ): void;
  /**
   * Moves a path out of the way at once and removes it in the background; ends with the number of files removed.
   * @param forget Files below it of which nobody wants to know what becomes of them under their other names.
   */
  discard(root: string, path: string, forget?: readonly string[]): Promise<number>;
}

/** Whether the disks of the role roots are there. */
export interface Roots {
  /** Looks at the role root, and takes up work in it when its disk is there again. Throws `ROOT_AWAY` or `ROOT_UNFIT`. */
  require(root: string): void;
  /** As `require`, at the price of one `stat` as long as the same folder lies at the path. */
  glance(root: string): void;
  isHeld(root: string): boolean;
  /** What keeps each of those that are held, and what the others' file systems cannot do, in words. */
  warnings: Warnings;
}

/** Names beside ours that are one with them for clients of Windows. */
export interface NameTwins {
  /** Looks at every name on the way to the owned paths. Throws `NAME_TWIN`. */
  refuse(root: string, owned: readonly Pick<OwnedPath, "path">[]): void;
}

/** What the state of units is read and changed with. */
export interface UnitServices {
  roots: readonly { role: Role; path: string }[];
  presence: Roots;
  units: UnitStore;
  manifests: ManifestStore;
  switcher: Switcher;
  log: Log;
}
