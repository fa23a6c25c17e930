type Numbers = Uint8Array | Uint32Array | Float64Array | BigInt64Array | BigUint64Array;

/** A typed array whose length is not known yet. */
export interface GrowingArray<T extends Numbers> {
  readonly length: number;
  push(value: T[number]): void;
  append(values: T): void;
  /** The values; none come afterwards. */
  done(): T;
}

export function growingArray<T extends Numbers>(kind: { new (buffer: ArrayBuffer): T; BYTES_PER_ELEMENT: number }): GrowingArray<T> {
  let array = new kind(new ArrayBuffer(1024 * kind.BYTES_PER_ELEMENT));
  let length = 0;

  /** What was there before is freed at once, not when it is collected. */
  function resize(to: number): void {
    array = new kind((array.buffer as ArrayBuffer).transfer(to * kind.BYTES_PER_ELEMENT));
  }

  return {
    get length() {
      return length;
    },
    push(value) {
      if (length === array.length) resize(length * 2);
      array[length++] = value;
    },
    append(values) {
      if (length + values.length > array.length) resize(Math.max(array.length * 2, length + values.length));
      array.set(values as never, length);
      length += values.length;
    },
    done() {
      resize(length);
      return array;
    },
  };
}
