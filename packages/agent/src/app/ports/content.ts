import type { Digest, FileEntry, Order, Outcome, Progress, Ranges } from "@sitewright/protocol";
import type { FileIdentity } from "../../domain/tree/file-identity.ts";
import type { FetchStep } from "../../domain/tree/rebuild-plan.ts";

/** Content of a manifest that an order names, from the coordinator. */
export interface ContentSource {
  /**
   * Appends to `into` what it lacks of the manifest, and checks only the length. Throws `HASH_MISMATCH` for what cannot be unpacked,
   * `CONTENT_UNAVAILABLE`, `MANIFEST_INVALID` for a size over the limit.
   */
  manifest(request: ManifestRequest): Promise<void>;
  /** Begins to fetch chunks of a manifest and to write them to the disk. */
  open(job: ContentJob): ContentFetch;
}

export interface ManifestRequest {
  order: Order;
  digest: Digest;
  /** Bytes. */
  size: number;
  into: ManifestTarget;
  signal: AbortSignal;
}

/** A manifest to fetch, and what may help to pack it. */
export interface ManifestTarget {
  /** Local manifests, the most similar first. */
  bases: readonly Digest[];
  /** Bytes that are local already. */
  length(): number;
  /** Bytes of a base, `to` not included. */
  readBase(digest: Digest, from: number, to: number): Uint8Array;
  append(bytes: Uint8Array): void;
}

/** The purpose of a fetch, and its callbacks. */
export interface ContentJob {
  order: Order;
  manifest: Digest;
  /** The role root below which it is written. */
  root: string;
  /** Where a path of the manifest is written, below the root. */
  place(path: string): string;
  /** Some of it is done; not called after `end` or a failure. */
  onProgress(progress: FetchProgress): void;
  signal: AbortSignal;
}

export interface FetchProgress {
  /** Verified, and written to all their places. */
  written: FetchStep[];
  /** Files to which a piece was written and that others complete, once per piece. */
  pieces: FileEntry[];
  /** Files that are complete, attributes and all. */
  completed: [file: FileEntry, identity: FileIdentity][];
  /** Bytes that arrived damaged. */
  thrownAway: number;
  /** It was delivered by a neighbour. */
  neighbour?: true;
}

export interface ContentFetch {
  /**
   * Steps by ascending ordinal. Resolves when there is room for more; throws what ended the fetch: `HASH_MISMATCH`, `SOURCE_CHANGED`
   * and other codes that the coordinator sent, `CONTENT_UNAVAILABLE`, `DISK_FULL`, `IO_ERROR`, `CANCELLED`.
   */
  add(steps: readonly FetchStep[]): Promise<void>;
  /** Resolves when all that was added is verified and written; throws as `add` does. Nothing is written any more afterwards. */
  end(): Promise<void>;
  /** These chunks are assembled from local content: neighbours may fetch them from here. */
  holds(ranges: Ranges): void;
}

/** Carries out an order; never throws: an error is an outcome. */
export interface OrderExecutor {
  execute(order: Order, context: OrderContext): Promise<Outcome>;
}

export interface OrderContext {
  content: ContentSource;
  /** Totals so far; the caller limits their frequency. */
  progress(progress: Omit<Progress, "kind" | "orderId">): void;
  /** Aborted by a cancel or by shutdown. */
  signal: AbortSignal;
}
