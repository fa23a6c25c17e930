/** Puts together what came in several parts. */
export interface Gatherer {
  isEmpty(): boolean;
  /** Bytes that wait for more. */
  size(): number;
  isFull(size: number): boolean;
  /** Takes from `part`, from `at` on, what is missing of `size` bytes; returns how many that were. */
  add(part: Uint8Array, at: number, size: number): number;
  /** What was put together; valid until the next `add`. */
  take(): Uint8Array;
}

export function createGatherer(): Gatherer {
  let buffer = new Uint8Array(64 * 1024);
  let filled = 0;

  return {
    isEmpty: () => filled === 0,
    size: () => filled,
    isFull: (size) => filled > 0 && filled >= size,
    add(part, at, size) {
      if (buffer.length < size) {
        const larger = new Uint8Array(size);
        larger.set(buffer.subarray(0, filled));
        buffer = larger;
      }
      const wanted = Math.min(size - filled, part.length - at);
      buffer.set(part.subarray(at, at + wanted), filled);
      filled += wanted;
      return wanted;
    },
    take() {
      const bytes = buffer.subarray(0, filled);
      filled = 0;
      return bytes;
    },
  };
}
