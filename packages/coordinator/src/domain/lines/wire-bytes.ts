/** What determines how much of a unit is transferred. */
export interface Content {
  /** Uncompressed, bytes. */
  sourceBytes: number;
  /** All of it compressed, estimated. */
  packedBytes: number;
  /** Uncompressed size of the manifest. */
  manifestBytes: number;
  /** Source bytes that are right on the system already, as far as known; absent: unknown, and taken as none. */
  presentBytes?: number;
}

/** Size of a compressed manifest relative to its canonical bytes: digests are incompressible. */
const MANIFEST_PACKED = 0.8;

/** Estimated payload bytes that are transferred when a unit is brought to a system. */
export function wireBytesOf({ sourceBytes, packedBytes, manifestBytes, presentBytes = 0 }: Content): number {
  // Where all content is present, its manifest most probably is too.
  if (sourceBytes > 0 && presentBytes >= sourceBytes) return 0;
  const packed = sourceBytes > 0 ? packedBytes / sourceBytes : 1;
  return Math.round((sourceBytes - presentBytes) * packed + manifestWireBytes({ manifestBytes }));
}

/** Estimated payload bytes of the manifest alone. */
export function manifestWireBytes({ manifestBytes }: Pick<Content, "manifestBytes">): number {
  return manifestBytes * MANIFEST_PACKED;
}
