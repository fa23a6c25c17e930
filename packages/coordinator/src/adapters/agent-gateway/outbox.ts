import type { WebSocket } from "ws";

/** Messages to one agent, one after another. */
export interface Outbox {
  /** Resolves true when the bytes were handed to the socket, false when the connection ended before. */
  send(bytes: Uint8Array): Promise<boolean>;
}

/** Limit of waiting messages; an agent that receives none of them counts as dead. */
const MOST_WAITING = 64;
/** Bytes that may wait in the socket, including answers to pings. */
const MOST_BUFFERED = 4 * 1024 * 1024;

/**
 * @param takeMs A message that the agent does not receive within this time ends the connection, whatever else it sends.
 * @param onSent Called for every message sent, with its bytes.
 */
export function createOutbox(socket: WebSocket, takeMs: number, onSent: (bytes: number) => void): Outbox {
  let last: Promise<boolean> = Promise.resolve(true);
  let waiting = 0;
  socket.on("ping", () => {
    if (socket.bufferedAmount > MOST_BUFFERED) socket.terminate();
  });

  /** `send` of ws never waits: its callback reports when the bytes are written. */
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
      // Nothing waits: at once, so that what is said in one turn leaves in one packet where the stream is corked.
      last = waiting === 0 ? handOver(bytes) : last.then(() => handOver(bytes));
      waiting += 1;
      const handed = await last;
      waiting -= 1;
      if (handed) onSent(bytes.length);
      return handed;
    },
  };
}
