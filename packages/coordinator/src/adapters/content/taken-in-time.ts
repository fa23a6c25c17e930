/** Small enough that a line which is slower than anybody stated takes one in time, bytes. */
const PIECE = 64 * 1024;

/** The same bytes in small pieces; calls `silent` once whoever takes them has left one for so long, ms. */
export async function* takenInTime(slices: AsyncIterable<Uint8Array>, patience: number, silent: () => void): AsyncGenerator<Uint8Array> {
  for await (const slice of slices) {
    for (let at = 0; at < slice.length; at += PIECE) {
      const timer = setTimeout(silent, patience);
      try {
        yield slice.subarray(at, at + PIECE);
      } finally {
        clearTimeout(timer);
      }
    }
  }
}
