import type {
  Digest,
  Held,
  CoordinatorMessage,
  Role,
  Unit,
  Progress,
  Result,
  ContentPart,
  SiteBackups,
  LogLines,
} from "@sitewright/protocol";

/** What is known of agents, kept in Redis. */
export interface AgentRegistry {
  /** Ed25519 public key, SPKI DER. */
  key(system: string): Promise<Uint8Array | undefined>;
  addJoinToken(tokenHash: string, token: { system: string; expiresAt: number }): Promise<void>;
  /** Throws `JOIN_TOKEN_INVALID`, `JOIN_TOKEN_USED` or `JOIN_TOKEN_EXPIRED`. */
  checkJoinToken(tokenHash: string, system: string, now: number): Promise<void>;
  /** Uses a token up, once, and stores the key in place of an earlier one: both or neither. Throws as above. */
  join(tokenHash: string, agent: { system: string; key: Uint8Array; now: number }): Promise<void>;
  /** Deletes the key of a system, and every earlier join token for it. False: it had no key. */
  revoke(system: string): Promise<boolean>;
  /** Stores a key unless something else is known of this system, such as that it was revoked. False: something is. */
  restore(system: string, agent: { key: Uint8Array; joinedAt?: number | undefined }): Promise<boolean>;
  /** Systems with a stored key, and since when, ms since 1970; undefined: not known. */
  joined(): Promise<Map<string, number | undefined>>;
  acked(system: string): Promise<number>;
  setAcked(system: string, number: number): Promise<void>;
  inventory(system: string): Promise<StoredInventory | undefined>;
  setInventory(system: string, inventory: StoredInventory): Promise<void>;
  /** What became of one unit since the inventory, which is no longer the agent's own list then. */
  addHeld(system: string, held: StoredHeld): Promise<void>;
}

export interface StoredInventory {
  /** Empty: it is not the agent's own list, or not all of it. */
  digest: Digest;
  /** Units that the site data describe, or did. */
  units: Held[];
  /** Undescribed units: the first of them, and how many there are. Absent: none. */
  undescribed?: { units: Held[]; count: number };
  /** ms since 1970. */
  seenAt: number;
}

export interface StoredHeld {
  held: Held;
  /** ms since 1970. */
  seenAt: number;
}

/** The connected agents. */
export interface AgentLinks {
  connected(): readonly ConnectedAgent[];
  /** Undefined: it is not connected. */
  agent(system: string): ConnectedAgent | undefined;
  isConnected(system: string): boolean;
  /** False when the agent is not connected. Resolves when the bytes were handed to the socket. */
  send(system: string, message: CoordinatorMessage): Promise<boolean>;
  /** Ends every connection under the name, its content streams and its tickets; resolves when that was reported. */
  end(system: string, why: string): Promise<void>;
}

export interface ConnectedAgent {
  system: string;
  roles: Role[];
  platform: string;
  version: string;
  /** ms since 1970. */
  since: number;
  /** It can be asked for content that the site data have lost. */
  answersQueries?: boolean;
  /** What clients may notice when it activates, in words. */
  switching?: string;
  /** Kind of its program, such as `linux-x64`, which can be exchanged; absent: it cannot. */
  program?: string;
}

/** Callbacks of the agents' endpoint; each is awaited before the next message of the same agent is read. */
export interface AgentEvents {
  connected(
    agent: ConnectedAgent,
    hello: { inventoryDigest: Digest; lastResult: number },
  ): Promise<{ acked: number; sendInventory: boolean }>;
  disconnected(system: string): Promise<void>;
  /** Whether the site data describe a unit, which decides how much of an inventory is kept. */
  isDescribed(system: string, unit: Unit): boolean;
  /** A part of an inventory arrived. */
  inventoryAdvances(system: string): void;
  inventory(system: string, inventory: StoredInventory): Promise<void>;
  accepted(system: string, orderId: string, epoch: number): Promise<void>;
  progress(system: string, progress: Progress): Promise<void>;
  /** Once it returns, the result is in the run store and may be acknowledged. */
  result(system: string, result: Result): Promise<void>;
  /** The agent's complete list of what keeps it from its work. */
  warned(system: string, texts: readonly string[]): void;
  /** Two agents run with one key and displace each other, or this agent follows another coordinator with the same keys. @param text For people. */
  cloned(system: string, text: string): void;
  /** It could not become the version of the update with this id. @param message For people. */
  updateFailed(system: string, id: string, message: string): void;
  /** Part of an answer to a content query. */
  contentPart(system: string, part: ContentPart): void;
  /** The answer to a question about site backups. */
  siteBackups(system: string, answer: SiteBackups): void;
  /** Part of an answer to a log query. */
  logLines(system: string, part: LogLines): void;
}
