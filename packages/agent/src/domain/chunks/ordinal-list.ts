/** Chunk ordinals, four bytes each. */
export interface OrdinalList {
  readonly length: number;
  add(ordinal: number): void;
  /** Ascending. */
  sorted(): Uint32Array;
}

export function createOrdinalList(): OrdinalList {
  let ordinals = new Uint32Array(256);
  let length = 0;
  return {
    get length() {
      return length;
    },
    add(ordinal) {
      if (length === ordinals.length) {
        const larger = new Uint32Array(length * 2);
        larger.set(ordinals);
        ordinals = larger;
      }
      ordinals[length++] = ordinal;
    },
    sorted: () => ordinals.slice(0, length).sort(),
  };
}
