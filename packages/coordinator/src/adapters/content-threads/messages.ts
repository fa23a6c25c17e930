import type { Digest, ErrorCode, Ranges } from "@sitewright/protocol";
import type { Packing } from "../../domain/lines/packing.ts";

export interface ContentWorkerSetup {
  /** Real path of the site data. */
  root: string;
  dataDir: string;
  /** Bytes of packed bundles, and of tables that nobody uses, that the thread keeps. */
  packedCache: number;
  tableCache: number;
}

/** What a content thread is asked; each has one answer. `id` is a number that the asking side gave. */
export type ContentCall =
  /** Answer: how many chunks the manifest has; undefined when it is not known. */
  | { kind: "open"; id: number; digest: Digest; slots: SharedArrayBuffer[] }
  /** Answer: `FilledSlot`. Waits until something is asked for; nothing is in it once the stream was closed. */
  | { kind: "fill"; id: number; slot: number; packing: Packing }
  /** Answer: the base that was found, null when none was; undefined when the manifest is not known. */
  | { kind: "open-manifest"; id: number; digest: Digest; bases: Digest[]; from: number }
  /** Answer: the next part with its header; undefined at the end. */
  | { kind: "part"; id: number };

/** What it is told, without an answer. */
export type ContentNotice =
  | { kind: "ask"; id: number; ranges: Ranges }
  | { kind: "close"; id: number }
  /** The manifest was made again, perhaps from other files. */
  | { kind: "renew"; digest: Digest };

export interface FilledSlot {
  bytes: number;
  failed: boolean;
  /** Ranges of all asks that were served wholly. */
  taken: number;
}

export type ContentRequest = { call: number; request: ContentCall } | { notice: ContentNotice };

export type ContentReply =
  | { call: number; value: unknown }
  | { call: number; failed: { code: ErrorCode; message: string; path: string | undefined } };
