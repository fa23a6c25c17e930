import type { Chunk } from "@sitewright/protocol";

/** Bytes of one chunk in the list: the digest and its size. */
const RECORD = 36;

/** The chunks of one file, as they stand in a column. */
export function packChunks(chunks: readonly Chunk[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(chunks.length * RECORD);
  chunks.forEach(({ digest, size }, i) => {
    bytes.write(digest, i * RECORD, "hex");
    bytes.writeUInt32BE(size, i * RECORD + 32);
  });
  return bytes;
}

export function unpackChunks(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / RECORD }, (_, i) => ({
    digest: bytes.subarray(i * RECORD, i * RECORD + 32).toHex(),
    size: view.getUint32(i * RECORD + 32),
  }));
}
