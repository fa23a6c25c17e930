import type { Duplex } from "node:stream";

/** ms for the other side to read the text and close. */
const FAREWELL = 1_000;

/**
 * Ends a connection with a text. What still arrives is thrown away: to close with something unread, which may follow a request at once,
 * would reset the connection, and the other side could lose the text.
 */
export function endWith(socket: Duplex, text: string): void {
  const timer = setTimeout(() => socket.destroy(), FAREWELL);
  socket.once("close", () => clearTimeout(timer));
  socket.resume();
  socket.end(text);
}
