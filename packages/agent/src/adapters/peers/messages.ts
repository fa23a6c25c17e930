import type { ContentPart, ContentQuery, Digest, Unit } from "@sitewright/protocol";
import type { HeldContent } from "../../domain/tree/held-places.ts";

/** Messages to the thread that serves neighbours. */
export type ToPeerWorker =
  /**
   * Listens there, with these tickets, and no longer at an earlier endpoint. Open streams of `gone` end. Answer: `listening` or `failed`.
   */
  | { kind: "listen"; host: string; port: number; tickets: TicketKey; gone: readonly string[] }
  | { kind: "held"; call: number; held: HeldContent | undefined }
  /** Of the coordinator; answer: `answer`. */
  | { kind: "query"; call: number; query: ContentQuery; roots: readonly string[]; held?: HeldContent }
  | { kind: "end" };

export interface TicketKey {
  key: Uint8Array;
  /** The time of tickets, ms since 1970, when this message was made. */
  now: number;
}

export type FromPeerWorker =
  | { kind: "listening"; port: number }
  | { kind: "failed"; message: string }
  | { kind: "answer"; call: number; parts: ContentPart[] }
  /** Queries where content is; answer: `held`. */
  | { kind: "look-up"; call: number; unit: Unit; manifest: Digest };

export interface PeerWorkerSetup {
  /** Folder of the manifests. */
  dataDir: string;
}

/** Queries the main thread, which knows the units. */
export type LookUp = (unit: Unit, manifest: Digest) => Promise<HeldContent | undefined>;
