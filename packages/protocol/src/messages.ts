import type { Ranges } from "./content.ts";
import type { Tenure } from "./trust/handshake.ts";
import type { PeerEndpoint } from "./peers/peer-ticket.ts";
import type { Digest, Generation, Unit } from "./unit.ts";
import type { Role } from "./unit-kinds.ts";
import type { Accepted, Ack, Cancel, Order, Progress, Result } from "./orders.ts";
import type { BackupLine, ContentPart, ContentQuery, LogLines, LogQuery, SiteBackupQuery, SiteBackups } from "./queries.ts";

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
