/** Bundles packed lately: ten systems that build one unit cost one packing. */
export interface PackedCache {
  /** "raw" where packing did not pay; undefined where it is not known. */
  get(key: string): Uint8Array | "raw" | undefined;
  set(key: string, packed: Uint8Array | "raw"): void;
}

/** What the entry itself takes, roughly. */
const ENTRY = 200;

/** @param most Bytes kept; what was used longest ago goes first. */
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
