import type { Digest, Ranges } from "@sitewright/protocol";
import type { SlowestLine } from "./pacer.ts";
import type { Transfers } from "./transfers.ts";

/** The right of an agent to the content of one order, and to its line, given by the coordinator that leads. */
export interface StreamGrant {
  system: string;
  /** About the order, for the log. */
  facts: object;
  /** Of the agent's connection, at the coordinator that sends. */
  transfers: Transfers;
  /** Resolves with how many bytes, from 1 to `want`, the line takes now. Rejects with the signal's reason. @param isSentElsewhere As of `Traffic`. */
  take(want: number, signal: AbortSignal, isSentElsewhere?: boolean): Promise<number>;
  /** To be told of the bytes that were sent. */
  sent(bytes: number): void;
  /** Which of the ranges to send, and frames that name where the others are. @param failed A neighbour that did not deliver. */
  allot(ranges: Ranges, failed?: string): Promise<Allotted>;
  /** Rejects when the right has ended. */
  prove(): Promise<void>;
  /** The slowest line to the system; undefined: no limit. */
  slowest(): SlowestLine | undefined;
  /** As of `AgentSession`. */
  roundTripMs(): number | undefined;
  /** Aborted when the agent's connection has ended. */
  ended: AbortSignal;
  close(): void;
}

export interface Allotted {
  own: Ranges;
  redirects: Uint8Array[];
}

/**
 * @param token The content token that the request states.
 * Rejects with `UNAUTHENTICATED`, and with `FORBIDDEN` when the manifest is not ordered for that agent.
 */
export type OpenGrant = (token: string, order: string, manifest: Digest) => Promise<StreamGrant>;
