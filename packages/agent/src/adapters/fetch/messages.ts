import type { ErrorCode, PeerOffer } from "@sitewright/protocol";
import type { FileIdentity } from "../../domain/tree/file-identity.ts";

/** Where a stream comes from, and where what it brings is written. */
export interface StreamTarget {
  /** Of the stream, with its query. */
  url: string;
  /** How both sides prove who they are. */
  trust: StreamTrust;
  /** The role root below which everything is written. */
  root: string;
  /** Streams of one fetch share what they have open. */
  fetch: number;
  /** No byte for so long, though there were chunks to come: the stream is dead. */
  stallMs: number;
}

/** The coordinator has a certificate of the authority `ca` (PEM), the only one that is believed; neighbours share a key. */
export type StreamTrust = { ca: string; token: string } | Pick<PeerOffer, "ticket" | "key">;

/** The chunks of a span and where they go, as it travels to a worker: one list a column, since that is quick to pass on. */
export interface SpanWork {
  ordinals: number[];
  /** Bytes of each chunk. */
  sizes: number[];
  /** All digests one after another, in hexadecimal. */
  digests: string;
  /** How many places each chunk has. */
  places: number[];
  /** Of each place, chunk by chunk: the index of the file, and bytes from its start. */
  files: number[];
  offsets: number[];
  /** Of each file: its path below the root, and how it is completed. */
  paths: string[];
  fileSizes: number[];
  modes: number[];
  /** ms since 1970. */
  modified: number[];
  /** After so many pieces of this span it is complete; 0: others complete it. */
  pieces: number[];
  /** The neighbour that did not bring it: the coordinator is to send it itself. */
  failed: string | undefined;
}

export type ToWorker =
  | { kind: "open"; stream: number; target: StreamTarget }
  | { kind: "ask"; stream: number; work: SpanWork }
  | { kind: "close"; stream: number }
  | { kind: "end" };

/** What became of the next chunks of a stream's first span that is not done; never goes beyond that span. */
export interface StreamProgress {
  /** Chunks that came, right or not. */
  handled: number;
  /** Indexes, within the span, of those that came damaged. */
  damaged: number[];
  /** Indexes of files that are complete, and who they are. */
  files: number[];
  identities: FileIdentity[];
  /** Bytes that crossed the link, all told. */
  received: number;
  /** Bytes of it that were damaged. */
  thrownAway: number;
  /** How often the other side said that it waits for the next chunk itself. */
  waits: number;
}

export function noProgress(): StreamProgress {
  return { handled: 0, damaged: [], files: [], identities: [], received: 0, thrownAway: 0, waits: 0 };
}

/** How a stream ended that nobody closed. */
export interface StreamFailure {
  code: ErrorCode;
  message: string;
  path: string | undefined;
  /** The other side took what it was asked for, and ended the stream before a byte came. */
  hungUp: boolean;
}

export type FromWorker =
  | { kind: "opened"; stream: number; roundTripMs: number }
  | { kind: "progress"; stream: number; progress: StreamProgress }
  /** Of the span that comes so many behind the first one that is not done: chunks, by their indexes, that a neighbour has. */
  | { kind: "elsewhere"; stream: number; span: number; chunks: number[]; offer: PeerOffer }
  | { kind: "ended"; stream: number; failure: StreamFailure | undefined };
