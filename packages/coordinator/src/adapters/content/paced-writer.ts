import type { Pacer } from "./pacer.ts";
import type { Traffic } from "./waiting-line.ts";

/** Where the bytes of one reply leave, at the time they may. */
export interface PacedWriter {
  /** Resolves with how many bytes, from 1 to `want`, may leave now; they count as sent. Rejects with the signal's reason. */
  take(want: number): Promise<number>;
  /** Whether somebody waits for the line: nothing moves then, and nobody is to blame. */
  waits(): boolean;
  /** Aborted when the client is gone or has no right any more. */
  signal: AbortSignal;
}

/** @param sent Told of every slice that leaves, in bytes. */
export function openPacedWriter(pacer: Pacer, traffic: Traffic, sent: (bytes: number) => void, signal: AbortSignal): PacedWriter {
  let waiting = 0;
  return {
    async take(want) {
      waiting += 1;
      try {
        const granted = await pacer.take(traffic, want, signal);
        sent(granted);
        return granted;
      } finally {
        waiting -= 1;
      }
    },
    waits: () => waiting > 0,
    signal,
  };
}

/** Cuts bytes into slices that may leave one after another. */
export async function* pacedSlices(bytes: Uint8Array, pacedWriter: PacedWriter): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const granted = await pacedWriter.take(bytes.length - at);
    yield bytes.subarray(at, at + granted);
    at += granted;
  }
}
