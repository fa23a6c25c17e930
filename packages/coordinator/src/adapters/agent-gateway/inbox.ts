import type { WebSocket } from "ws";

/** Messages of one agent, processed one after another. */
export interface Inbox {
  push(bytes: Uint8Array): void;
  /** Drops waiting messages; resolves when the current one is done. */
  stop(): Promise<void>;
}

/** Above this the socket is not read until all are processed. */
const MOST_WAITING = 64;

/** One agent's messages get at most one part in this many of the event loop's time; after more, processing pauses. */
const SHARE = 5;
/** Less work than this needs no pause, ms. */
const WORTH_A_REST = 20;
/** A pause is never longer, ms: work during which this process stood still seems to have taken all of that time. */
const LONGEST_REST = 1_000;

/** @param onFailure Called once: `work` threw, and no further message is processed. */
export function createInbox(socket: WebSocket, work: (bytes: Uint8Array) => Promise<void>, onFailure: (error: unknown) => void): Inbox {
  const waiting: Uint8Array[] = [];
  let working: Promise<void> | undefined;
  let stopped = false;
  /** ms of work since the last pause. */
  let worked = 0;

  async function workOff(): Promise<void> {
    try {
      for (let bytes = waiting.shift(); bytes && !stopped; bytes = waiting.shift()) {
        const began = performance.now();
        const done = work(bytes);
        // Work before the first await: mainly decoding the message.
        worked += performance.now() - began;
        await done;
        if (worked < WORTH_A_REST) continue;
        await new Promise((resolve) => setTimeout(resolve, Math.min(worked * (SHARE - 1), LONGEST_REST)));
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
