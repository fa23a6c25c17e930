import type { Ranges } from "./content.ts";
import type { ErrorCode } from "./errors.ts";
import type { Tenure } from "./trust/handshake.ts";
import type { PeerEndpoint } from "./peers/peer-ticket.ts";
import type { Digest, Generation, OwnedPath, Unit } from "./unit.ts";
import type { Role } from "./unit-kinds.ts";

/** What the coordinator says to an agent. */
export type CoordinatorMessage =
  | Challenge
  | Welcome
  | Order
  | Cancel
  | Ack
  | LogQuery
  | PeerAccess
  | ContentQuery
  | UpdateOrder
  | SiteBackupQuery
  | BackupLine
  | Coordinators
  | UnknownMessage;

/** What an agent says to the coordinator. */
export type AgentMessage =
  | Hello
  | Inventory
  | Accepted
  | Progress
  | Result
  | LogLines
  | PeerOpen
  | Holds
  | Warnings
  | ContentPart
  | UpdateFailed
  | SiteBackups
  | UnknownMessage;

export interface Challenge {
  kind: "challenge";
  nonce: Uint8Array;
  versionMin: number;
  versionMax: number;
  coordinator: string;
  /** Absent: an earlier version. */
  tenure?: Tenure;
  /** Newest number of a succession statement of this coordinator's CA; absent: there was none. */
  succession?: number;
}

export interface Welcome {
  kind: "welcome";
  version: number;
  contentToken: string;
  acked: number;
  sendInventory: boolean;
  /** To be shown in the request for the next connection; gives no right. Absent: the coordinator reserves no places. */
  reservation?: string;
  /** The coordinator understands `Warnings`. */
  takesWarnings?: boolean;
}

/** Where the coordinators answer of which one leads, the sender among them. */
export interface Coordinators {
  kind: "coordinators";
  /** At most `LIMITS.coordinators`. */
  urls: string[];
  /** Where content streams are opened: at one that serves for the one that leads. Empty: at the one that leads. */
  content: string;
}

/** Numbered and idempotent: sent again until accepted; an agent that carried it out before answers from its memory. */
export interface Order {
  kind: "order";
  id: string;
  epoch: number;
  unit: Unit;
  generation: Generation;
  task: OrderTask;
}

/** An order to activate, sent with the one that stages its unit: it begins then, unless the connection ends before. */
export interface Following {
  id: string;
  epoch: number;
  graceMs: number;
}

/** Builds a unit beside what is live. */
export interface StageTask {
  kind: "stage";
  manifest: Digest;
  manifestBytes: number;
  full: boolean;
  sourceVersion: number;
  content?: string;
  activation?: Following;
}

export type OrderTask =
  | StageTask
  | { kind: "activate"; graceMs: number }
  | { kind: "remove"; owned: OwnedPath[] }
  | { kind: "verify"; manifest: Digest; manifestBytes: number; full: boolean }
  | { kind: "estimate"; manifest: Digest; manifestBytes: number }
  | { kind: "undo"; graceMs: number };

export type TaskKind = OrderTask["kind"];
export const TASK_KINDS = ["stage", "activate", "remove", "verify", "estimate", "undo"] as const satisfies readonly TaskKind[];

export interface Cancel {
  kind: "cancel";
  orderId: string;
  epoch: number;
}

export interface Ack {
  kind: "ack";
  upTo: number;
}

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
 * The agent is to become another version of its program. Only for one whose Hello names its kind of program; sent again with every connection
 * until it reports the version.
 */
export interface UpdateOrder {
  kind: "update";
  /** Of the operator's order: one that failed is not tried again. */
  id: string;
  version: string;
  /** SHA-256 of the package, hex. */
  digest: string;
  /** Over `programTranscript`, by the CA of the coordinator. */
  signature: Uint8Array;
}

/** The agent still is, or is again, the version before that of an update. */
export interface UpdateFailed {
  kind: "update-failed";
  id: string;
  message: string;
}

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

/** Of a newer version of the other side: it has no effect. */
export interface UnknownMessage {
  kind: "unknown";
}

/** There are neighbours: their tickets are made with this key as long as the connection lasts. */
export interface PeerAccess {
  kind: "peer-access";
  key: Uint8Array;
  /** Time of the coordinator, by which tickets end, ms since 1970. */
  now: number;
  /** Systems whose rights were revoked: their open streams end. */
  gone?: string[];
}

export interface Hello {
  kind: "hello";
  name: string;
  version: number;
  signature: Uint8Array;
  agentVersion: string;
  platform: string;
  roles: Role[];
  inventoryDigest: Digest;
  highest?: Generation;
  lastResult: number;
  /** Changes at every start of the agent's process. */
  instance?: string;
  /** It understands `ContentQuery`; absent: an earlier version. */
  answersQueries?: boolean;
  /** What clients may notice when it activates, in words; absent: nothing, or an earlier version. */
  switching?: string;
  /** Of the newest coordinator that welcomed this agent. */
  seen?: Tenure;
  /** Kind of its program, such as `linux-x64`, which an `UpdateOrder` can exchange; absent: it cannot be exchanged so. */
  program?: string;
}

/** Conditions that keep an agent from its work or impair it, independent of any order; empty: none any more. */
export interface Warnings {
  kind: "warnings";
  texts: string[];
}

export interface Inventory {
  kind: "inventory";
  digest: Digest;
  units: Held[];
  last: boolean;
}

/** What an agent holds of one unit. */
export interface Held {
  unit: Unit;
  highest?: Generation;
  live?: { generation: Generation; manifest: Digest };
  staged?: { generation: Generation; manifest: Digest };
  previous: boolean;
  sourceVersion: number;
  /** Digest of names, sizes and bytes of what is live, as stated by the coordinator that ordered it; absent: not known. */
  content?: string;
  /** The highest source version that was ever live there; absent: none above the present one. */
  highestVersion?: number;
}

export interface Accepted {
  kind: "accepted";
  orderId: string;
  epoch: number;
}

export const STEPS = ["indexing", "fetching", "checking", "activating"] as const;
export type Step = (typeof STEPS)[number];

export interface Progress {
  kind: "progress";
  orderId: string;
  step: Step;
  files: number;
  reusedBytes: number;
  fetchedBytes: number;
  retriedBytes: number;
  /** Of those fetched: from neighbours; absent: none. */
  peerBytes?: number;
  /** While indexing: bytes of the disk read so far; absent: none. */
  lookedBytes?: number;
}

export interface Result {
  kind: "result";
  number: number;
  orderId: string;
  epoch: number;
  unit: Unit;
  generation: Generation;
  outcome: Outcome;
}

export type Outcome =
  | { kind: "failed"; code: ErrorCode; message: string; path?: string; retryable: boolean; held?: Generation }
  | { kind: "staged"; files: number; reusedBytes: number; fetchedBytes: number; retriedBytes: number; peerBytes?: number }
  | { kind: "activated"; folders: number; previous: boolean }
  | { kind: "removed"; files: number }
  | ({ kind: "verified" } & VerifyReport)
  | { kind: "estimated"; files: number; sourceBytes: number; presentBytes: number; indexAgeMs: number }
  | { kind: "undone"; manifest: Digest };

export interface VerifyReport {
  right: boolean;
  absent: boolean;
  stale: boolean;
  files: number;
  bytes: number;
  /** Up to `LIMITS.deviations`, some of each kind. */
  deviations: Deviation[];
  /** All of them. */
  deviationCount: number;
  counts: DeviationCounts;
}

export type DeviationCounts = Record<Deviation["kind"], number>;

/** Sorted by how they are reported. */
export const DEVIATION_KINDS = ["missing", "extra", "damaged", "rights"] as const;

export interface Deviation {
  kind: (typeof DEVIATION_KINDS)[number];
  path: string;
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

/** The answer to PeerAccess of an agent that takes part: sent immediately, and again when its endpoint is open. */
export interface PeerOpen {
  kind: "peer-open";
  endpoint?: PeerEndpoint;
}

/** Chunks of a manifest that this agent has, or will soon assemble from local content. */
export interface Holds {
  kind: "holds";
  manifest: Digest;
  ranges: Ranges;
}
