import type { WebSocket } from "ws";

/** Messages of one agent, worked on one after another. */
export interface Inbox {
  push(bytes: Uint8Array): void;
  /** Drops what waits; resolves when the message under way is done. */
  stop(): Promise<void>;
}

/** Beyond this the socket is not read until all is worked off. */
const MOST_WAITING = 64;

/** Of the event loop's time one agent's messages get at most one part in so many; after more it rests. */
const SHARE = 5;
/** Less work than this is not worth a rest, ms. */
const WORTH_A_REST = 20;

/** @param onFailure Called once: `work` threw, and nothing more is worked on. */
export function createInbox(socket: WebSocket, work: (bytes: Uint8Array) => Promise<void>, onFailure: (error: unknown) => void): Inbox {
  const waiting: Uint8Array[] = [];
  let working: Promise<void> | undefined;
  let stopped = false;
  /** ms since the last rest. */
  let worked = 0;

  async function workOff(): Promise<void> {
    try {
      for (let bytes = waiting.shift(); bytes && !stopped; bytes = waiting.shift()) {
        const began = performance.now();
        const done = work(bytes);
        // What it takes before it first waits for something: reading the message above all.
        worked += performance.now() - began;
        await done;
        if (worked < WORTH_A_REST) continue;
        await new Promise((resolve) => setTimeout(resolve, worked * (SHARE - 1)));
        worked = 0;
      }
    } catch (error) {
      stopped = true;
      onFailure(error);
    } finally {
      working = undefined;
      if (socket.isPaused && !stopped) socket.resume();
    }
  }

  return {
    push(bytes) {
      if (stopped) return;
      waiting.push(bytes);
      if (waiting.length > MOST_WAITING) socket.pause();
      working ??= workOff();
    },
    async stop() {
      stopped = true;
      waiting.length = 0;
      await working;
    },
  };
}
