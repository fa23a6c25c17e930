import type { Digest, ErrorCode, Ranges } from "@sitewright/protocol";
import type { Packing } from "../../domain/lines/packing.ts";

export interface ContentWorkerSetup {
  /** Real path of the site data. */
  root: string;
  dataDir: string;
  /** Bytes of packed bundles, and of unused tables, that the thread keeps. */
  packedCache: number;
  tableCache: number;
}

/** Requests to a content thread; each has one answer. `id` is a number of the requesting side. */
export type ContentCall =
  /** Answer: the number of chunks in the manifest; undefined when it is not known. */
  | { kind: "open"; id: number; digest: Digest; slots: SharedArrayBuffer[] }
  /** Answer: `FilledSlot`. Waits for a request; empty once the stream was closed. */
  | { kind: "fill"; id: number; slot: number; packing: Packing }
  /** Answer: the base that was found, null when there is none; undefined when the manifest is not known. */
  | { kind: "open-manifest"; id: number; digest: Digest; bases: Digest[]; from: number }
  /** Answer: the next part with its header; undefined at the end. */
  | { kind: "part"; id: number };

/** Messages to a content thread, without an answer. */
export type ContentNotice =
  | { kind: "ask"; id: number; ranges: Ranges }
  | { kind: "close"; id: number }
  /** The manifest was made again, perhaps from other files. */
  | { kind: "renew"; digest: Digest };

export interface FilledSlot {
  bytes: number;
  failed: boolean;
  /** Ranges of all requests that were served completely. */
  taken: number;
}

/** After "end" the thread ends, at once. */
export type ContentRequest = { call: number; request: ContentCall } | { notice: ContentNotice } | "end";

export type ContentReply =
  | { call: number; value: unknown }
  | { call: number; failed: { code: ErrorCode; message: string; path: string | undefined } };
