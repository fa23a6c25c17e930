/** WebSocket close codes of the agents' endpoint; the reason text of each close is made of the name and what happened. */
export const CLOSE_CODES = {
  /** The coordinator stops; come back. */
  GOING_AWAY: 1001,
  /** Larger than the limit (sent by the WebSocket library itself). */
  FRAME_TOO_LARGE: 1009,
  /** Not one of our messages, or one out of turn. */
  FRAME_INVALID: 4400,
  /** The signature does not fit the key on record. */
  UNAUTHENTICATED: 4401,
  /** No system of this name has joined, or the hierarchy no longer names it. */
  SYSTEM_UNKNOWN: 4403,
  /** Nothing was said in time. */
  HELLO_TIMEOUT: 4408,
  /** The same agent connected again; the newer connection counts. */
  REPLACED: 4409,
  /** No protocol version in common. */
  VERSION_UNSUPPORTED: 4426,
  /** Too many connections are being opened; come back later. */
  BUSY: 4429,
} as const;

export type CloseReason = keyof typeof CLOSE_CODES;

/** After these, trying again without an administrator's help is useless: the agent waits long between attempts. */
export function isFinalClose(code: number): boolean {
  return code === CLOSE_CODES.UNAUTHENTICATED || code === CLOSE_CODES.SYSTEM_UNKNOWN || code === CLOSE_CODES.VERSION_UNSUPPORTED;
}
