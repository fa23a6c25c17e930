import type { WebSocket } from "ws";
import { CLOSE_CODES, type CloseReason } from "@sitewright/protocol";

/** Maximum size of the reason in a close frame, in UTF-8 bytes. */
const REASON_BYTES = 123;
/** A peer that does not answer the close is disconnected after this, ms. */
const CLOSE_TIMEOUT = 1000;

/** Closes with a code of the protocol, and enforces the end. */
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

/** A refusal on the agents' endpoint: the close reason, the message for the peer, and the details that only the log may have. */
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
