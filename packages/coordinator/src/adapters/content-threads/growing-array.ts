type Numbers = Uint8Array | Uint32Array | Float64Array | BigInt64Array | BigUint64Array;

/** A typed array whose length is not known yet. */
export interface GrowingArray<T extends Numbers> {
  readonly length: number;
  push(value: T[number]): void;
  append(values: T): void;
  /** The values; none come afterwards. */
  done(): T;
}

export function growingArray<T extends Numbers>(make: (length: number) => T): GrowingArray<T> {
  let array = make(1024);
  let length = 0;
  const room = (count: number): void => {
    if (length + count <= array.length) return;
    const larger = make(Math.max(array.length * 2, length + count));
    larger.set(array as never);
    array = larger;
  };
  return {
    get length() {
      return length;
    },
    push(value) {
      room(1);
      array[length++] = value;
    },
    append(values) {
      room(values.length);
      array.set(values as never, length);
      length += values.length;
    },
    done: () => array.slice(0, length) as T,
  };
}
