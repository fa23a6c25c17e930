/** Writes the bytes of one reply at the pace of the line. */
export interface PacedWriter {
  /** Resolves with how many bytes, from 1 to `want`, may be sent now; they count as sent. Rejects with the signal's reason. */
  take(want: number): Promise<number>;
  /** Whether a transfer waits for the line: then missing progress is not the agent's fault. */
  waits(): boolean;
  /** Aborted when the client has disconnected or lost its right. */
  signal: AbortSignal;
}

/** @param take As `Pacer.take`, for the traffic of this reply. @param sent Called for every slice sent, with its bytes. */
export function openPacedWriter(
  take: (want: number, signal: AbortSignal) => Promise<number>,
  sent: (bytes: number) => void,
  signal: AbortSignal,
): PacedWriter {
  let waiting = 0;
  return {
    async take(want) {
      waiting += 1;
      try {
        const granted = await take(want, signal);
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

/** Cuts bytes into slices that are sent one after another. */
export async function* pacedSlices(bytes: Uint8Array, pacedWriter: PacedWriter): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const granted = await pacedWriter.take(bytes.length - at);
    yield bytes.subarray(at, at + granted);
    at += granted;
  }
}
