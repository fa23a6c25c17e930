import type {
  CoordinatorMessage,
  Digest,
  Generation,
  Held,
  LogLines,
  Progress,
  Ranges,
  Result,
  Role,
  Unit,
  PhaseState,
} from "@sitewright/protocol";
import type { AddressOverride, AddressPatch } from "../domain/addresses/address-override.ts";
import type { Forecast } from "../domain/forecast/forecast.ts";
import type { SiteCounts } from "../domain/recovery/site-counts.ts";
import type { DescribeUnit, Hierarchy, Problem, UnitSource } from "../domain/sites/hierarchy.ts";
import type { Packing } from "../domain/lines/packing.ts";
import type { FoundPlace, RememberedUnit } from "../domain/sites/site-memory.ts";
import type { Phase, Run } from "../domain/runs/run.ts";

/** Milliseconds since 1970; a port so that tests own the time. */
export type Clock = () => number;

/** The data of the site server, whatever its format. */
export interface SiteData {
  /** Everything but the contents of folders. Throws `SITE_DATA_INVALID` with every fault of the hierarchy in its message. */
  read(): Promise<SiteDataReading>;
  /** Changes with every edit of the hierarchy itself (sites, systems, addresses); cheap enough to be asked for every second. */
  revision(): Promise<string>;
  /** Real folder of the site data now: a link may have been switched since a reading. Throws `SITE_DATA_INVALID`. */
  root(): Promise<string>;
  /** What lies at these places of a reading now. */
  look(reading: SiteDataReading, places: Iterable<string>): Promise<Map<string, FoundPlace>>;
  /** For messages: where a unit is described, or would be. */
  describe: DescribeUnit;
}

/** What the site data held, kept in the data folder: it tells what is gone from what never was. */
export interface SourceMemory {
  /** By unit key. */
  all(): ReadonlyMap<string, RememberedUnit>;
  /** Kept at once, and over restarts. */
  keep(units: ReadonlyMap<string, RememberedUnit>): void;
}

export interface SiteDataReading {
  /** Real folder that all of it was read from. */
  root: string;
  hierarchy: Hierarchy;
  units: UnitSource[];
  /** Which systems serve a unit: unit key to system names. */
  servedBy: ReadonlyMap<string, readonly string[]>;
  /** Keys of packages whose description could be read, also of those that nobody is to serve. */
  described: ReadonlySet<string>;
  /** By site code: places of what is kept of a site itself. No unit is made of them, and they must not go without a word either. */
  sitePlaces: ReadonlyMap<string, readonly string[]>;
  /** By site code: how much there is of it, whether it can be used or not. */
  counts: ReadonlyMap<string, SiteCounts>;
  problems: Problem[];
}

/** Manifests of the sources in place. */
export interface ContentIndex {
  /**
   * Indexes one unit, reading only what changed since it was last indexed, and stores its manifest.
   * Throws a SitewrightError (`SOURCE_*`, `BROKEN_REFERENCE`, ...) that concerns this unit alone.
   */
  index(source: UnitSource, options: IndexOptions): Promise<IndexedUnit>;
  /**
   * A stored manifest in parts; undefined when this coordinator does not have it.
   * @param bases Manifests that the other side holds, the best one first.
   * @param from Bytes of the manifest that it has already.
   */
  openManifest(digest: Digest, bases: readonly Digest[], from: number): Promise<ManifestSource | undefined>;
  /** The chunks of a stored manifest, in its source; undefined when this coordinator does not have it. */
  openChunks(digest: Digest): Promise<ChunkSource | undefined>;
}

export interface IndexOptions {
  /** Real folder of the site data that the source was read from: the content comes from there too, also later. */
  root: string;
  /** The content is going to be rolled out: it is remembered as the one of its source version. Without, it is only compared. */
  witness: boolean;
  /** Read and hash every byte, whatever is remembered of the files. */
  rehash: boolean;
  /** Take an older version than was seen before, or other content under one that was seen, for what is meant. */
  acceptOlder: boolean;
  onProgress: (progress: IndexProgress) => void;
  signal: AbortSignal;
}

export interface IndexProgress {
  files: number;
  bytes: number;
}

export interface IndexedUnit {
  unit: Unit;
  manifest: Digest;
  manifestBytes: number;
  files: number;
  sourceBytes: number;
  /** Estimate of the content compressed, from samples. */
  packedBytes: number;
  sourceVersion: number;
  /** Names, sizes and bytes, by the way in which this coordinator cuts and hashes; absent: not known. */
  content?: string;
  /** Files with other bytes than before though nothing else about them changed: only a rehash finds them. */
  altered?: { files: number; first: string };
}

export interface ManifestSource {
  /** The first of the bases that this coordinator has: what the parts are packed against. */
  readonly base: Digest | undefined;
  /** The next part with its header; undefined at the end. */
  next(): Promise<Uint8Array | undefined>;
  close(): void;
}

/** What one content stream is served from. */
export interface ChunkSource {
  /** How many the manifest has; their ordinals are 0 to `chunks - 1`. */
  readonly chunks: number;
  /** More to give, ranges within the manifest: ask by ask, in the order asked for. */
  ask(ranges: Ranges): void;
  /** Ranges that were asked for and wait. */
  waiting(): number;
  /**
   * Whole frames of what was asked for, as soon as something was. Their bytes are valid until the call after the next one; what
   * cannot be read makes a failure frame, the last one of the stream.
   */
  next(packing: Packing): Promise<Frames>;
  close(): void;
}

export interface Frames {
  bytes: Uint8Array;
  /** The last one is a failure. */
  failed: boolean;
}

/** The run store: runs and phases, kept in Redis. */
export interface RunStore {
  /** False when another run has the id. */
  createRun(run: Run): Promise<boolean>;
  saveRun(run: Run): Promise<void>;
  run(id: string): Promise<Run | undefined>;
  /** Newest first. */
  runs(limit: number): Promise<Run[]>;
  /** Stores them as they are, whatever was there under their ids. */
  addPhases(run: string, phases: Phase[]): Promise<void>;
  phases(run: string): Promise<Phase[]>;
  phase(id: string): Promise<Phase | undefined>;
  /** Applies `change` when the phase is in one of `from`; returns the new phase, or undefined when it was not. Retries on a race. */
  changePhase(id: string, from: readonly PhaseState[], change: (phase: Phase) => Phase): Promise<Phase | undefined>;
  /** The highest generation that was given to any order. */
  highestOrdered(): Promise<Generation | undefined>;
  setHighestOrdered(generation: Generation): Promise<void>;
}

/** What was first expected of runs, kept in Redis as long as they are. */
export interface ForecastStore {
  first(run: string): Promise<Forecast | undefined>;
  keepFirst(run: string, forecast: Forecast): Promise<void>;
}

/** What is known of agents, kept in Redis. */
export interface AgentRegistry {
  /** Ed25519 public key, SPKI DER. */
  key(system: string): Promise<Uint8Array | undefined>;
  addJoinToken(tokenHash: string, token: { system: string; expiresAt: number }): Promise<void>;
  /** Throws `JOIN_TOKEN_INVALID`, `JOIN_TOKEN_USED` or `JOIN_TOKEN_EXPIRED`. */
  checkJoinToken(tokenHash: string, system: string, now: number): Promise<void>;
  /** Uses a token up, once, and puts the key on record in the place of an earlier one: both or neither. Throws as above. */
  join(tokenHash: string, agent: { system: string; key: Uint8Array; now: number }): Promise<void>;
  /** Forgets the key of a system, and every join token that was made for it before. False: it had no key. */
  revoke(system: string): Promise<boolean>;
  /** Systems that have a key on record, and since when, ms since 1970; undefined: not known. */
  joined(): Promise<Map<string, number | undefined>>;
  acked(system: string): Promise<number>;
  setAcked(system: string, number: number): Promise<void>;
  inventory(system: string): Promise<StoredInventory | undefined>;
  setInventory(system: string, inventory: StoredInventory): Promise<void>;
}

export interface StoredInventory {
  /** Empty: it is not the agent's own list, or not all of it. */
  digest: Digest;
  /** Units that the site data describe, or did. */
  units: Held[];
  /** Units that nobody describes: the first of them, and how many there are. Absent: none. */
  undescribed?: { units: Held[]; count: number };
  /** ms since 1970. */
  seenAt: number;
}

/** What operators set on addresses, kept in Redis. */
export interface AddressStore {
  /** By address key. */
  overrides(): Promise<Map<string, SetOverride>>;
  /** Stores an override, or takes it away, with the change that led to it: both or neither. */
  setOverride(key: string, set: SetOverride | undefined, change?: AddressChange): Promise<void>;
  /** Newest first, the last fifty. */
  changes(key: string): Promise<AddressChange[]>;
}

export interface SetOverride {
  override: AddressOverride;
  /** Who set it last. */
  by: string;
  /** ms since 1970. */
  at: number;
}

/** `patch`: what was set, null for what went back to the file. */
export interface AddressChange {
  at: number;
  by: string;
  kind: "set" | "pause" | "resume" | "reset";
  patch?: AddressPatch;
}

/** The connected agents. */
export interface AgentLinks {
  connected(): readonly ConnectedAgent[];
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
}

/** What the agents' endpoint calls when something arrives; each is awaited before the next message of the same agent is read. */
export interface AgentEvents {
  connected(
    agent: ConnectedAgent,
    hello: { inventoryDigest: Digest; lastResult: number },
  ): Promise<{ acked: number; sendInventory: boolean }>;
  disconnected(system: string): Promise<void>;
  /** Whether the site data describe a unit: what is kept of an inventory goes by that. */
  isDescribed(system: string, unit: Unit): boolean;
  /** A part of an inventory came. */
  inventoryAdvances(system: string): void;
  inventory(system: string, inventory: StoredInventory): Promise<void>;
  accepted(system: string, orderId: string, epoch: number): Promise<void>;
  progress(system: string, progress: Progress): Promise<void>;
  /** Once it returns, the result is in the run store and may be acknowledged. */
  result(system: string, result: Result): Promise<void>;
  /** What keeps its agent from its work: all of it. */
  warned(system: string, texts: readonly string[]): void;
  /** Two agents run with one key, and push each other out. @param text For people. */
  cloned(system: string, text: string): void;
  /** Part of an answer to a question about its log. */
  logLines(system: string, part: LogLines): void;
}

/** What the coordinator logged lately about orders and systems. */
export interface LogSource {
  /** The newest lines about the order, or else about the system, each one JSON object; what was refused to a system comes first. */
  find(about: { order?: string; system?: string }, limit: number): string[];
}

/** Phases released for work. One job is one phase; running one twice is harmless. */
export interface JobQueue {
  add(phase: { id: string; epoch: number; priority: number }): Promise<void>;
  /** Starts working; `process` returns when the phase ended or went back to the backlog. */
  start(process: (phaseId: string, signal: AbortSignal) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export interface OrderedContent {
  /** More chunks than this its manifest cannot have. */
  mostChunks: number;
  /** Bytes sent for it, and those that its agent says to have ready: rises while something is done. */
  moved: number;
  /** False while its line is closed to it or paused. */
  isLineOpen: boolean;
}

/** Which manifests an agent may fetch, and for which order: asked by the content endpoint. */
export interface ContentRights {
  /** The order of this system that needs this manifest and has not ended, or undefined. */
  orderFor(system: string, orderId: string, manifest: Digest): Promise<Phase | undefined>;
  /** Counts what went out for it. */
  sent(orderId: string, bytes: number): void;
  /** An open order of a system that names this manifest; undefined: there is none. */
  ordered(system: string, manifest: Digest): OrderedContent | undefined;
  /** Of these manifests, those that the system holds as far as its agent has told, or has an open order for. */
  basesFor(system: string, asked: readonly Digest[]): Digest[];
  /** Whether a system has staged or serves just this, as far as its agent has told. */
  isHeld(system: string, unit: Unit, manifest: Digest): boolean;
}
