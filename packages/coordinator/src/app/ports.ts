import type {
  ContentPart,
  CoordinatorMessage,
  Digest,
  Generation,
  Held,
  LogLines,
  SiteBackups,
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
import type { UnitFacts } from "../domain/runs/plan-run.ts";
import type { Phase, Run } from "../domain/runs/run.ts";

/**
 * Milliseconds since 1970; a port so that tests control the time. There are two: `clock` is that of the machine, which somebody may set at
 * any time, by a day or by years where a machine was restored; `steady` is never set. Durations within this process are measured by the
 * second: by the first, they would last for days, or be over at once.
 */
export type Clock = () => number;

/** The data of the site server, whatever its format. */
export interface SiteData {
  /**
   * Everything but the contents of folders. Throws `SITE_DATA_INVALID` with every fault of the hierarchy in its message.
   * @param parents By site code: what is in force instead of the stated parent; undefined: none.
   */
  read(parents?: ReadonlyMap<string, string | undefined>): Promise<SiteDataReading>;
  /** Changes with every edit of the hierarchy itself (sites, systems, addresses); cheap enough to be called every second. */
  revision(): Promise<string>;
  /** Real folder of the site data now: a link may have been switched since a reading. Throws `SITE_DATA_INVALID`. */
  root(): Promise<string>;
  /** The current content of these places of a reading. */
  look(reading: SiteDataReading, places: Iterable<string>): Promise<Map<string, FoundPlace>>;
  /** For messages: where a unit is described, or would be. */
  describe: DescribeUnit;
}

/** What the site data held, stored in the data folder: it distinguishes what vanished from what never existed. */
export interface SourceMemory {
  /** By unit key. */
  all(): ReadonlyMap<string, RememberedUnit>;
  /** Stored immediately, and kept across restarts. */
  keep(units: ReadonlyMap<string, RememberedUnit>): void;
}

export interface SiteDataReading {
  /** Real folder that all of it was read from. */
  root: string;
  hierarchy: Hierarchy;
  units: UnitSource[];
  /** Which systems serve a unit: unit key to system names. */
  servedBy: ReadonlyMap<string, readonly string[]>;
  /** Keys of packages whose description could be read, including those assigned to no system. */
  described: ReadonlySet<string>;
  /** By site code: places that belong to a site itself. No unit is made of them, but their loss must be reported too. */
  sitePlaces: ReadonlyMap<string, readonly string[]>;
  /** By site code: how much there is of it, whether usable or not. */
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
  /** Real folder of the site data that the source was read from: content is read from there too, also later. */
  root: string;
  /** The content will be rolled out: it is stored as that of its source version. Otherwise it is only compared. */
  witness: boolean;
  /** Read and hash every byte, even where a file's hash is stored. */
  rehash: boolean;
  /** Accept an older version than was seen before, or other content under a version that was seen. */
  acceptOlder: boolean;
  onProgress: (progress: IndexProgress) => void;
  signal: AbortSignal;
}

export interface IndexProgress {
  files: number;
  bytes: number;
}

export interface IndexedUnit extends UnitFacts {
  unit: Unit;
}

export interface ManifestSource {
  /** The first of the bases that this coordinator has: the parts are compressed against it. */
  readonly base: Digest | undefined;
  /** The next part with its header; undefined at the end. */
  next(): Promise<Uint8Array | undefined>;
  close(): void;
}

/** What one content stream is served from. */
export interface ChunkSource {
  /** Number of chunks in the manifest; their ordinals are 0 to `chunks - 1`. */
  readonly chunks: number;
  /** Adds ranges within the manifest; served request by request, in order. */
  ask(ranges: Ranges): void;
  /** Requested ranges that wait. */
  waiting(): number;
  /**
   * Whole frames of the requested chunks, as soon as there are any. Their bytes are valid until the call after the next one; a read failure
   * makes a failure frame, the last one of the stream.
   */
  next(packing: Packing): Promise<Frames>;
  close(): void;
}

export interface Frames {
  bytes: Uint8Array;
  /** Failure: the last frame of the stream. */
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
  /** Stores them as they are, replacing what is there under their ids. */
  addPhases(run: string, phases: Phase[]): Promise<void>;
  phases(run: string): Promise<Phase[]>;
  phase(id: string): Promise<Phase | undefined>;
  /** Applies `change` when the phase is in one of `from`; returns the new phase, or undefined when it was not. Retries on a race. */
  changePhase(id: string, from: readonly PhaseState[], change: (phase: Phase) => Phase): Promise<Phase | undefined>;
  /** Cancels that agents have not confirmed, by phase; forgotten with the run. */
  owedCancels(): Promise<Map<string, OwedCancel>>;
  oweCancel(phase: string, owed: OwedCancel): Promise<void>;
  /** Its agent has answered. */
  cancelSettled(phase: string): Promise<void>;
  /** The highest generation that was given to any order. */
  highestOrdered(): Promise<Generation | undefined>;
  setHighestOrdered(generation: Generation): Promise<void>;
}

/** A cancel that an agent still has to be told. */
export interface OwedCancel {
  system: string;
  /** Of the attempt that is cancelled, and those before it. */
  epoch: number;
}

/** The first forecasts of runs, kept in Redis as long as the runs. */
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

export interface StoredHeld {
  held: Held;
  /** ms since 1970. */
  seenAt: number;
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

/** What operators set on addresses, kept in Redis. */
export interface AddressStore {
  /** By address key. */
  overrides(): Promise<Map<string, SetOverride>>;
  /** Stores an override, or removes it, together with the change that led to it: both or neither. */
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

/** `patch`: the fields that were set, null for those that returned to the file. */
export interface AddressChange {
  at: number;
  by: string;
  kind: "set" | "pause" | "resume" | "reset";
  patch?: AddressPatch;
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

/** What the coordinator logged lately about orders and systems. */
export interface LogSource {
  /** The newest lines about the order, or else about the system, each one JSON object; refusals of a system come first. */
  find(about: { order?: string; system?: string }, limit: number): string[];
  /** Lines of a system's own log that came back on a medium, in place of earlier ones. Never throws. */
  keepReturned(system: string, lines: readonly string[]): void;
  /** Oldest first. */
  returned(system: string): string[];
}

/** Phases released for work. One job is one phase; running one twice is harmless. */
export interface JobQueue {
  add(phase: { id: string; epoch: number; priority: number }): Promise<void>;
  /** Starts working; `process` returns when the phase ended or went back to the backlog. */
  start(process: (phaseId: string, signal: AbortSignal) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export interface OrderedContent {
  /** Its manifest cannot have more chunks than this. */
  mostChunks: number;
  /** Bytes sent for it, and those that its agent reports as ready: rises while there is progress. */
  moved: number;
  /** False while its line is closed to it or paused. */
  isLineOpen: boolean;
}

/** Which manifests an agent may fetch, and for which order: used by the content endpoint. */
export interface ContentRights {
  /** The order of this system that needs this manifest and has not ended, or undefined. */
  orderFor(system: string, orderId: string, manifest: Digest): Promise<Phase | undefined>;
  /** Counts bytes sent for it. */
  sent(orderId: string, bytes: number): void;
  /** An open order of a system that names this manifest; undefined: there is none. */
  ordered(system: string, manifest: Digest): OrderedContent | undefined;
  /** Of these manifests, those that the system holds according to its agent, or has an open order for. */
  basesFor(system: string, asked: readonly Digest[]): Digest[];
  /** Whether a system has staged or serves exactly this, according to its agent. */
  isHeld(system: string, unit: Unit, manifest: Digest): boolean;
}
