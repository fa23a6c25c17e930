import type { ErrorCode, PeerOffer } from "@sitewright/protocol";
import type { PackPlaces } from "@sitewright/node-kit/medium-packs";
import type { FileIdentity } from "../../domain/tree/file-identity.ts";

/** Where a stream comes from, and where its content is written. */
export interface StreamTarget {
  /** Of the stream, with its query. */
  url: string;
  /** How both sides authenticate. */
  trust: StreamTrust;
  /** The role root below which everything is written. */
  root: string;
  /** Streams of one fetch share their open files. */
  fetch: number;
  /** Without a byte for this long, though chunks are expected, the stream is dead. */
  stallMs: number;
}

/** Chunks of one manifest on removable media, and where they are written. */
export interface MediumTarget extends Pick<StreamTarget, "root" | "fetch"> {
  places: PackPlaces;
  /** First ordinals of runs of chunks that lie in one pack, and the number of that pack. */
  firsts: readonly number[];
  packs: readonly number[];
  /** By ordinal: where the chunk begins in its pack; 32 bits each. */
  offsets: SharedArrayBuffer;
  /** Of an encrypted medium. */
  key?: Uint8Array | undefined;
}

/** The coordinator has a certificate of the authority `ca` (PEM), the only one that is trusted; neighbours share a key. */
export type StreamTrust = { ca: string; token: string } | Pick<PeerOffer, "ticket" | "key">;

/** The chunks of a span and their places, as sent to a worker: one array per column, which is cheap to transfer. */
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
  /** Of each file: its path below the root, and its final attributes. */
  paths: string[];
  fileSizes: number[];
  modes: number[];
  /** ms since 1970. */
  modified: number[];
  /** Number of pieces of this span that complete it; 0: others complete it. */
  pieces: number[];
  /** The neighbour that did not deliver it: the coordinator must send it itself. */
  failed: string | undefined;
}

export type ToWorker =
  | { kind: "open"; stream: number; target: StreamTarget | MediumTarget }
  | { kind: "ask"; stream: number; work: SpanWork }
  | { kind: "close"; stream: number }
  | { kind: "end" };

/** Result for the next chunks of a stream's first incomplete span; never beyond that span. */
export interface StreamProgress {
  /** Chunks that arrived, right or not. */
  handled: number;
  /** Indexes, within the span, of those that arrived damaged. */
  damaged: number[];
  /** Indexes of complete files, and their identities. */
  files: number[];
  identities: FileIdentity[];
  /** Bytes that were transferred, in total. */
  received: number;
  /** Bytes of it that were damaged. */
  thrownAway: number;
  /** How often the other side reported that it waits for the next chunk itself. */
  waits: number;
}

export function noProgress(): StreamProgress {
  return { handled: 0, damaged: [], files: [], identities: [], received: 0, thrownAway: 0, waits: 0 };
}

/** How a stream ended that was not closed from this side. */
export interface StreamFailure {
  code: ErrorCode;
  message: string;
  path: string | undefined;
  /** The other side received a request, and ended the stream before a byte arrived. */
  hungUp: boolean;
}

export type FromWorker =
  | { kind: "opened"; stream: number; roundTripMs: number }
  | { kind: "progress"; stream: number; progress: StreamProgress }
  /** For the n-th span after the first incomplete one: indexes of chunks that a neighbour has. */
  | { kind: "elsewhere"; stream: number; span: number; chunks: number[]; offer: PeerOffer }
  | { kind: "ended"; stream: number; failure: StreamFailure | undefined };
