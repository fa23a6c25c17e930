import type { Digest, Order, Outcome, Progress } from "@sitewright/protocol";

/** Content of a manifest that an order names, from the coordinator. */
export interface ContentSource {
  /** Canonical bytes, checked against the digest. Throws `CONTENT_UNAVAILABLE` after the session's patience, `HASH_MISMATCH`. */
  manifest(order: Order, digest: Digest, size: number, signal: AbortSignal): Promise<Uint8Array>;
  /**
   * Frames of the given chunk ordinals (ascending), as they came: nothing in them is verified yet. The stream waits while the
   * consumer works on a frame, and `consumed` gives the coordinator leave to send more. Ends early only by throwing:
   * `SOURCE_CHANGED` and other codes that the coordinator sent, `CONTENT_UNAVAILABLE` (retryable, link lost: ask again).
   */
  chunks(order: Order, digest: Digest, ordinals: readonly number[], signal: AbortSignal): AsyncIterable<ContentFrame>;
}

export interface ContentFrame {
  ordinal: number;
  /** One of `FRAME_CODEC`. */
  codec: number;
  bytes: Uint8Array;
  /** To be called once the frame was verified and written: returns its bytes to the sender's credit. */
  consumed(): void;
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
