/**
 * Groups the chunks of a manifest into bundles that are packed together. They depend on the manifest alone, so that a bundle packed for one
 * system serves all others. No bundle mixes compressible with incompressible content.
 * @param lengths Of the chunks, bytes.
 * @param begins Whether a chunk must not be in one bundle with the one before it.
 * @param limit Maximum bytes of a bundle, unless one chunk alone has more.
 * @returns The first chunk of each bundle, ascending.
 */
export function bundleStarts(lengths: Uint32Array, begins: (ordinal: number) => boolean, limit: number): Uint32Array {
  const starts: number[] = [];
  let bytes = Infinity;
  for (let ordinal = 0; ordinal < lengths.length; ordinal++) {
    const length = lengths[ordinal] ?? 0;
    if (bytes + length > limit || begins(ordinal)) {
      starts.push(ordinal);
      bytes = 0;
    }
    bytes += length;
  }
  return Uint32Array.from(starts);
}

/** Index of the last number that is not above `value`, in an ascending list; -1 when all are. */
export function lastNotAbove(list: Uint32Array, value: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
