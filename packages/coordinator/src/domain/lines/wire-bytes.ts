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

/**
 * What an order costs its line beside its content and its manifest, as payload bytes: a connection for the content, the request of the manifest,
 * and the messages about it. Of a hundred small packages on a slow line that is half of the time.
 */
export const ORDER_BYTES = 6_000;
