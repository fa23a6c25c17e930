import type { ErrorCode } from "./errors.ts";
import type { Digest, Unit } from "./unit.ts";

/** Asks for lines of the agent's own log. */
export interface LogQuery {
  kind: "log-query";
  id: number;
  /** Empty: lines about anything. */
  order: string;
  /** At most this many, the newest. */
  limit: number;
}

/** Asks for what the agent holds of a unit; answered with `ContentPart`. Only for an agent whose Hello says that it answers. */
export interface ContentQuery {
  kind: "content-query";
  id: number;
  unit: Unit;
  want: ContentWanted;
}

/**
 * `definitions`: those in the inboxes of a client access point; `manifest`: bytes of a manifest; `chunks`: bytes of chunks, from a place in
 * one of them on; `file`: bytes of one definition. `from` and `length` in bytes.
 */
export type ContentWanted =
  | { kind: "definitions" }
  | { kind: "manifest"; digest: Digest; from: number; length: number }
  | { kind: "chunks"; manifest: Digest; ordinal: number; from: number; length: number }
  | { kind: "file"; path: string; from: number; length: number };

/**
 * Asks about the backups of the site whose server the agent's machine is, and may begin one. What a backup does is never said: a control file
 * on that machine states it.
 */
export interface SiteBackupQuery {
  kind: "site-backup-query";
  id: number;
  begin: boolean;
}

/** Another system, which has proved its key, asks this one for the backups of its site that this one keeps: over the line with this id. */
export interface BackupLine {
  kind: "backup-line";
  id: string;
  system: string;
}

/** The answer to a SiteBackupQuery; times in ms since 1970. */
export interface SiteBackups {
  kind: "site-backups";
  id: number;
  /** When the one that runs was begun; absent: none runs. */
  running?: number;
  /** When the next one is due; absent: none is scheduled. */
  due?: number;
  /** The newest first. */
  runs: SiteBackupRun[];
  /** Why nothing is known, or none was begun. */
  failure?: { code: ErrorCode; message: string };
}

export const SITE_BACKUP_STATES = ["complete", "partial", "failed"] as const;

export interface SiteBackupRun {
  run: string;
  state: (typeof SITE_BACKUP_STATES)[number];
  began: number;
  ended: number;
  files: number;
  /** Of all files. */
  bytes: number;
  /** Bytes by which the store grew. */
  added: number;
  /** What went wrong, in words. */
  fault?: string;
  /** When files of it were last read back, and how many could not be, or were left for another time; absent: another run was read last. */
  verified?: { at: number; bad: number; notTested: number };
  /** Name by which it is kept. */
  archived?: string;
}

/** Part of the answer to a LogQuery, oldest first. */
export interface LogLines {
  kind: "log-lines";
  id: number;
  /** Each one JSON object as the agent wrote it. */
  lines: string[];
  last: boolean;
}

/** The answer to a ContentQuery: `bytes` or `objects`, or why there are none. */
export interface ContentPart {
  kind: "content-part";
  id: number;
  /** Fewer than asked for where no more can be sent at once; none: nothing follows there. */
  bytes?: Uint8Array;
  objects?: SeenObject[];
  /** Definitions that were seen there with a higher number than now, or are gone since, as they were then. */
  remembered?: SeenObject[];
  /** Of several parts with objects. */
  last: boolean;
  failure?: { code: ErrorCode; message: string };
}

/** A definition in the inboxes of a client access point, as it lies there. */
export interface SeenObject {
  /** Below the role root. */
  path: string;
  /** Its version or serial; absent: none is stated. */
  number?: number;
  /** SHA-256, hex. */
  hash: string;
  /** Bytes. */
  size: number;
}
