import type { Digest, Unit } from "@sitewright/protocol";
import type { HeldContent } from "../../domain/tree/held-places.ts";

/** What the thread that serves neighbours is told. */
export type ToPeerWorker =
  /** Listens there, with these tickets; where it did so elsewhere, no more. `gone` lose what they have open. Answer: `listening` or `failed`. */
  | { kind: "listen"; host: string; port: number; tickets: TicketKey; gone: readonly string[] }
  | { kind: "held"; call: number; held: HeldContent | undefined }
  | { kind: "end" };

export interface TicketKey {
  key: Uint8Array;
  /** The time of tickets, ms since 1970, when this was made. */
  now: number;
}

export type FromPeerWorker =
  | { kind: "listening"; port: number }
  | { kind: "failed"; message: string }
  /** Asks where content lies; answer: `held`. */
  | { kind: "look-up"; call: number; unit: Unit; manifest: Digest };

export interface PeerWorkerSetup {
  /** Holds the manifests. */
  dataDir: string;
}

/** Asks the main thread, which knows the units. */
export type LookUp = (unit: Unit, manifest: Digest) => Promise<HeldContent | undefined>;
