import type { WebSocket } from "ws";

/** Messages to one agent, one after another. */
export interface Outbox {
  /** Resolves true when the bytes were handed to the socket, false when the connection ended before. */
  send(bytes: Uint8Array): Promise<boolean>;
}

/** Messages that may wait; an agent that takes none of so many is as good as gone. */
const MOST_WAITING = 64;

/** @param onSent Told of every message that left, in bytes. */
export function createOutbox(socket: WebSocket, onSent: (bytes: number) => void): Outbox {
  let last: Promise<boolean> = Promise.resolve(true);
  let waiting = 0;
  return {
    async send(bytes) {
      if (waiting >= MOST_WAITING) {
        socket.terminate();
        return false;
      }
      waiting += 1;
      last = last.then(() => handOver(socket, bytes));
      const handed = await last;
      waiting -= 1;
      if (handed) onSent(bytes.length);
      return handed;
    },
  };
}

/** `send` of ws never waits by itself: its callback says when the bytes are out. */
function handOver(socket: WebSocket, bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) resolve(false);
    else socket.send(bytes, { binary: true }, (error) => resolve(!error));
  });
}
