/** WebSocket close codes of the agents' endpoint; the reason text of each close consists of the name and the cause. */
export const CLOSE_CODES = {
  /** The coordinator stops; connect again. */
  GOING_AWAY: 1001,
  /** Larger than the limit (sent by the WebSocket library itself). */
  FRAME_TOO_LARGE: 1009,
  /** Not a known message, or one out of sequence. */
  FRAME_INVALID: 4400,
  /** The signature does not match the stored key. */
  UNAUTHENTICATED: 4401,
  /** No system of this name has joined, or the hierarchy no longer names it. */
  SYSTEM_UNKNOWN: 4403,
  /** The peer sent nothing in time. */
  HELLO_TIMEOUT: 4408,
  /** The agent was welcomed by a coordinator that was restored, or started, later than this one with the same keys. */
  COORDINATOR_SUPERSEDED: 4410,
  /** The same agent connected again; the newer connection is used. */
  REPLACED: 4409,
  /** No protocol version in common. */
  VERSION_UNSUPPORTED: 4426,
  /** Too many connections are being opened; connect again later. */
  BUSY: 4429,
} as const;

export type CloseReason = keyof typeof CLOSE_CODES;

const FINAL: readonly number[] = [
  CLOSE_CODES.UNAUTHENTICATED,
  CLOSE_CODES.SYSTEM_UNKNOWN,
  CLOSE_CODES.VERSION_UNSUPPORTED,
  CLOSE_CODES.COORDINATOR_SUPERSEDED,
];

/** After these, retrying is useless until an administrator intervenes: the agent waits long between attempts. */
export function isFinalClose(code: number): boolean {
  return FINAL.includes(code);
}

/** Versions of the protocol that this build speaks. */
export const PROTOCOL_VERSIONS = { min: 1, max: 1 } as const;

export interface VersionRange {
  min: number;
  max: number;
}

/** The highest version in both ranges, or undefined when they do not overlap. */
export function negotiateVersion(ours: VersionRange, theirs: VersionRange): number | undefined {
  const highest = Math.min(ours.max, theirs.max);
  return highest >= Math.max(ours.min, theirs.min) ? highest : undefined;
}

/** What an agent signs to prove its key: bound to this coordinator, this connection and its own name. */
export function helloTranscript(challenge: { nonce: Uint8Array; coordinator: string }, name: string): Uint8Array {
  const head = new TextEncoder().encode(`sitewright agent hello v1\n${challenge.coordinator}\n${name}\n`);
  const transcript = new Uint8Array(head.length + challenge.nonce.length);
  transcript.set(head);
  transcript.set(challenge.nonce, head.length);
  return transcript;
}

/**
 * Orders the coordinators that have the same keys: copies of one data folder or of one backup. `restored` rises with each restore, `started`
 * with each start. An agent that was welcomed by one follows no earlier one, so that two that run at the same time do not share it.
 */
export interface Tenure {
  /** ms since 1970; 0: this data folder was not restored. */
  restored: number;
  /** ms since 1970. */
  started: number;
}

/** Negative if `a` is the earlier one. */
export function compareTenures(a: Tenure, b: Tenure): number {
  return a.restored - b.restored || a.started - b.started;
}
