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
export function wireBytesOf(content: Content): number {
  return Math.round(packedBytesOf(content, content.sourceBytes - (content.presentBytes ?? 0)) + content.manifestBytes * MANIFEST_PACKED);
}

/** Estimated payload bytes of so many bytes of a unit's source. */
export function packedBytesOf({ sourceBytes, packedBytes }: Content, bytes: number): number {
  return Math.max(0, bytes) * (sourceBytes > 0 ? packedBytes / sourceBytes : 1);
}
