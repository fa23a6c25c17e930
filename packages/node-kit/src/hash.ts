import { blake3UrlSafeBase64, Blake3Hasher } from "@napi-rs/blake-hash";
import type { Digest } from "@sitewright/protocol";

// The library's result as bytes is released only when its thread is idle, which an indexing thread is not: for a million chunks 300 MB
// would stay allocated. As text it is an ordinary value, and faster too.
const hasher = new Blake3Hasher();

/** BLAKE3, 32 bytes. */
export function hashBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.from(blake3UrlSafeBase64(bytes), "base64url");
}

/** Writes the hash of `bytes` to `target` from `at` on. */
export function hashInto(target: Buffer, at: number, bytes: Uint8Array): void {
  target.write(blake3UrlSafeBase64(bytes), at, "base64url");
}

export function digestOf(bytes: Uint8Array): Digest {
  hasher.reset();
  return hasher.update(bytes).digest();
}
