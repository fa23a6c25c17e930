import type { UnitSource } from "../../domain/sites/hierarchy.ts";
import type { Digest, Unit, Ranges } from "@sitewright/protocol";
import type { UnitFacts } from "../../domain/runs/plan-run.ts";
import type { Packing } from "../../domain/lines/packing.ts";
import type { Phase } from "../../domain/runs/run.ts";

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

export interface OrderedContent {
  /** Its manifest cannot have more chunks than this. */
  mostChunks: number;
  /** Bytes sent for it, and those that its agent reports as ready: rises while there is progress. */
  moved: number;
  /** False while its line is closed to it or paused. */
  isLineOpen: boolean;
}
