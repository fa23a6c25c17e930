import type { Digest, FileEntry, Order, Outcome, Progress, Ranges } from "@sitewright/protocol";
import type { FileIdentity } from "../../domain/tree/file-identity.ts";
import type { FetchStep } from "../../domain/tree/rebuild-plan.ts";

/** Content of a manifest that an order names, from the coordinator. */
export interface ContentSource {
  /**
   * Appends to `into` what it lacks of the manifest; nothing is checked but that length. Throws `HASH_MISMATCH` for
   * what cannot be unpacked, `CONTENT_UNAVAILABLE`, `MANIFEST_INVALID` for a size over the limit.
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

/** A manifest on its way, and what may help to pack it. */
export interface ManifestTarget {
  /** Manifests that are here, the likest first. */
  bases: readonly Digest[];
  /** Bytes that are there already. */
  length(): number;
  /** Bytes of a base, `to` not included. */
  readBase(digest: Digest, from: number, to: number): Uint8Array;
  append(bytes: Uint8Array): void;
}

/** What content is fetched for, and who is told what became of it. */
export interface ContentJob {
  order: Order;
  manifest: Digest;
  /** The role root below which it is written. */
  root: string;
  /** Where a path of the manifest is written, below the root. */
  place(path: string): string;
  /** Some of it is done; nothing is told after `end` or a failure. */
  onProgress(progress: FetchProgress): void;
  signal: AbortSignal;
}

export interface FetchProgress {
  /** Verified, and written to all their places. */
  written: FetchStep[];
  /** Files to which a piece was written and that others complete, once a piece. */
  pieces: FileEntry[];
  /** Files that are complete, attributes and all. */
  completed: [file: FileEntry, identity: FileIdentity][];
  /** Bytes that came damaged. */
  thrownAway: number;
  /** It came from a neighbour. */
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
  /** These chunks are put together from what is here: neighbours may have them from us. */
  holds(ranges: Ranges): void;
}

/** Does what an order says; never throws: what goes wrong is an outcome. */
export interface OrderExecutor {
  execute(order: Order, context: OrderContext): Promise<Outcome>;
}

export interface OrderContext {
  content: ContentSource;
  /** Totals so far; the caller thins them out. */
  progress(progress: Omit<Progress, "kind" | "orderId">): void;
  /** Aborted by a cancel or by shutdown. */
  signal: AbortSignal;
}
