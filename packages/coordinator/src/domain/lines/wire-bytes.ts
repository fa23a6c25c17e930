/** What decides how much of a unit crosses a line. */
export interface Content {
  /** Uncompressed, bytes. */
  sourceBytes: number;
  /** All of it compressed, estimated. */
  packedBytes: number;
  /** Uncompressed size of the manifest. */
  manifestBytes: number;
  /** Of the source bytes: right on the system already, as far as known; absent: unknown, and taken for nothing. */
  presentBytes?: number;
}

/** A compressed manifest against its canonical bytes: digests do not shrink. */
const MANIFEST_PACKED = 0.8;

/** Estimated payload bytes that cross the wire when a unit is brought to a system. */
export function wireBytesOf({ sourceBytes, packedBytes, manifestBytes, presentBytes = 0 }: Content): number {
  // Where everything is there, so is its manifest, in all likelihood.
  if (sourceBytes > 0 && presentBytes >= sourceBytes) return 0;
  const packed = sourceBytes > 0 ? packedBytes / sourceBytes : 1;
  return Math.round((sourceBytes - presentBytes) * packed + manifestWireBytes({ manifestBytes }));
}

/** Estimated payload bytes of the manifest alone. */
export function manifestWireBytes({ manifestBytes }: Pick<Content, "manifestBytes">): number {
  return manifestBytes * MANIFEST_PACKED;
}
