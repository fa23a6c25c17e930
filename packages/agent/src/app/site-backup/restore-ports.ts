import type { BackupStep, SnapshotPart } from "@sitewright/protocol/site-backup";
import type { StartPorts } from "./start-owed.ts";
import type { RunRecord, Scratch } from "./ports.ts";

/** One thing that a restore replaces, and where what was there is kept. */
export type RestorePlace =
  /** A file or a folder: `staged` and `kept` lie beside it, so that moving is renaming. */
  | { kind: "tree"; part: SnapshotPart; target: string; place: string; staged: string; kept: string; existed: boolean }
  /** A key of the registry; `staged` and `kept` are files that hold it. */
  | { kind: "key"; part: SnapshotPart; target: string; key: string; staged: string; kept: string; existed: boolean }
  /** A database: `load` reads `staged`, `loadKept` reads `kept`, which `dump` wrote. */
  | {
      kind: "database";
      part: SnapshotPart;
      target: string;
      staged: string;
      kept: string;
      existed: boolean;
      dump: string[];
      load: string[];
      loadKept: string[];
    }
  /** What a person reads or uses: it is only written. */
  | { kind: "report"; part: SnapshotPart; target: string; staged: string };

/**
 * `staging`: only new things are written beside the places. `stopping`: the services are stopped, nothing is replaced. `switching`: some is
 * replaced. `restored`: all is, and the services are kept stopped. `released`: the services were started. `undoing`, `undone`: what was kept
 * is put back.
 */
export const RESTORE_STATES = ["staging", "stopping", "switching", "restored", "released", "undoing", "undone"] as const;

/** A restore in place: all that is needed to continue or to undo it, whatever the control file says by then. */
export interface Restore {
  form: 1;
  id: string;
  /** The run that is restored. */
  run: string;
  /** Folder of the copy that it is taken from; absent: the backup itself. */
  copy?: string;
  state: (typeof RESTORE_STATES)[number];
  /** ms since 1970. */
  began: number;
  /** Above all that were made before, whatever the clock said; absent: an earlier version made it. */
  number?: number;
  /** Whether anything may have been replaced. */
  switched: boolean;
  /** Services that ran before. */
  services: string[];
  /** Services that the system started with the machine before: it does not while the site is held. */
  enabled: string[];
  /** Of those, the ones that Windows starts some time after the others. */
  delayed?: string[];
  stop: BackupStep[];
  start: BackupStep[];
  /** Commands that read what is staged before anything is replaced. */
  checks: { target: string; words: string[] }[];
  places: RestorePlace[];
}

/** States in which the site is not as it was before, or not yet what it will be. */
export function isOpen({ state }: Restore): boolean {
  return state !== "released" && state !== "undone";
}

export interface RestoreBook {
  /** The newest first. */
  all(): Promise<Restore[]>;
  /** Durable when it resolves. */
  write(restore: Restore): Promise<void>;
}

/** The disk of the site. Moving and writing are durable when they resolve. */
export interface SitePlaces {
  exists(path: string): boolean;
  /** Within one disk. */
  move(from: string, to: string): Promise<void>;
  /** Of what a restore itself wrote. */
  remove(path: string): void;
  /** Throws `BAD_REQUEST` where nothing beside `place` can take its place: it is a disk of its own. */
  requireMovable(place: string): void;
  /** Throws `DISK_FULL` unless there is room for these bytes, by the path to be written. */
  requireRoom(bytes: ReadonlyMap<string, number>): void;
}

export interface RegistryKeys {
  exists(key: string): Promise<boolean>;
  save(key: string, file: string, signal: AbortSignal): Promise<void>;
  /** Afterwards the key is what the file says, and nothing else. */
  replace(key: string, file: string, signal: AbortSignal): Promise<void>;
  /** If it is there. */
  remove(key: string, signal: AbortSignal): Promise<void>;
}

export interface RestorePorts extends StartPorts {
  book: RestoreBook;
  places: SitePlaces;
  registry: RegistryKeys;
  scratch: Scratch;
  /**
   * Writes what a run saved as `target` to `path`, for each of them; durable when it resolves. Every byte is compared with its digest. Throws
   * `SNAPSHOT_DAMAGED`.
   */
  extract(record: RunRecord, places: ReadonlyMap<string, string>, signal: AbortSignal): Promise<void>;
}
