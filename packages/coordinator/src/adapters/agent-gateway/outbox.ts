import type { WebSocket } from "ws";

/** Messages to one agent, one after another. */
export interface Outbox {
  /** Resolves true when the bytes were handed to the socket, false when the connection ended before. */
  send(bytes: Uint8Array): Promise<boolean>;
}

/** Messages that may wait; an agent that takes none of so many is as good as gone. */
const MOST_WAITING = 64;
/** What may wait in the socket, with the answers to pings, bytes. */
const MOST_BUFFERED = 4 * 1024 * 1024;

/**
 * @param takeMs A message that the agent's side does not take within this time ends the connection, whatever else it says: nobody
 * waits longer for it.
 * @param onSent Told of every message that left, in bytes.
 */
export function createOutbox(socket: WebSocket, takeMs: number, onSent: (bytes: number) => void): Outbox {
  let last: Promise<boolean> = Promise.resolve(true);
  let waiting = 0;
  socket.on("ping", () => {
    if (socket.bufferedAmount > MOST_BUFFERED) socket.terminate();
  });

  /** `send` of ws never waits by itself: its callback says when the bytes are out. */
  function handOver(bytes: Uint8Array): Promise<boolean> {
    return new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) return resolve(false);
      const timer = setTimeout(() => socket.terminate(), takeMs);
      socket.send(bytes, { binary: true }, (error) => {
        clearTimeout(timer);
        resolve(!error);
      });
    });
  }

  return {
    async send(bytes) {
      if (waiting >= MOST_WAITING) {
        socket.terminate();
        return false;
      }
      waiting += 1;
      last = last.then(() => handOver(bytes));
      const handed = await last;
      waiting -= 1;
      if (handed) onSent(bytes.length);
      return handed;
    },
  };
}
