/** Recently packed bundles: ten systems that build one unit cost one packing. */
export interface PackedCache {
  /** "raw" if packing did not pay; undefined if not cached. */
  get(key: string): Uint8Array | "raw" | undefined;
  set(key: string, packed: Uint8Array | "raw"): void;
}

/** Approximate size of the entry itself. */
const ENTRY = 200;

/** @param most Bytes kept; the least recently used go first. */
export function packedCache(most: number): PackedCache {
  const kept = new Map<string, Uint8Array | "raw">();
  let bytes = 0;
  const sizeOf = (key: string, packed: Uint8Array | "raw"): number => packed.length + key.length + ENTRY;
  return {
    get(key) {
      const found = kept.get(key);
      if (found) {
        kept.delete(key);
        kept.set(key, found);
      }
      return found;
    },
    set(key, packed) {
      kept.set(key, packed);
      bytes += sizeOf(key, packed);
      for (const [oldest, value] of kept) {
        if (bytes <= most) break;
        kept.delete(oldest);
        bytes -= sizeOf(oldest, value);
      }
    },
  };
}
