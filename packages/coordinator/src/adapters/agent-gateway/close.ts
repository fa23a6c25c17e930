import type { WebSocket } from "ws";
import { CLOSE_CODES, type CloseReason } from "@sitewright/protocol";

/** What a close frame may carry as its reason, in UTF-8 bytes. */
const REASON_BYTES = 123;
/** A peer that does not answer the close is cut off after this, ms. */
const CLOSE_TIMEOUT = 1000;

/** Closes with a code of ours, and makes sure that it really ends. */
export function closeSocket(socket: WebSocket, reason: CloseReason, why: string): void {
  const text = Buffer.from(`${reason}: ${why}`)
    .subarray(0, REASON_BYTES)
    .toString()
    .replace(/\ufffd+$/, "");
  // A paused socket would never read the peer's answer.
  socket.resume();
  socket.close(CLOSE_CODES[reason], text);
  const timeout = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT);
  socket.once("close", () => clearTimeout(timeout));
}

/** A refusal on the agents' endpoint: the close reason, what to tell, and what only our log may say. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly reason: CloseReason;
  readonly inside: string | undefined;

  constructor(reason: CloseReason, message: string, { inside, ...options }: ErrorOptions & { inside?: string } = {}) {
    super(message, options);
    this.reason = reason;
    this.inside = inside;
  }
}
