import { blake3UrlSafeBase64, Blake3Hasher } from "@napi-rs/blake-hash";
import type { Digest } from "@sitewright/protocol";

// The library's result as bytes is released only when its thread is idle, which an indexing thread is not: for a million chunks 300 MB
// would stay allocated. As text it is an ordinary value, and faster too.
const hasher = new Blake3Hasher();

/** The library takes all bytes; its types demand more. */
const given = (part: string | Uint8Array): string | Buffer => part as string | Buffer;

/** BLAKE3, 32 bytes. */
export function hashBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.from(blake3UrlSafeBase64(given(bytes)), "base64url");
}

/** Writes the hash of `bytes` to `target` from `at` on. */
export function hashInto(target: Buffer, at: number, bytes: Uint8Array): void {
  target.write(blake3UrlSafeBase64(given(bytes)), at, "base64url");
}

export function digestOf(bytes: Uint8Array): Digest {
  hasher.reset();
  return hasher.update(given(bytes)).digest();
}

/** BLAKE3 of what arrives in parts; text counts as UTF-8. */
export interface PartsHasher {
  update(part: string | Uint8Array): void;
  /** 32 bytes. */
  digest(): Uint8Array;
}

export function createPartsHasher(): PartsHasher {
  const parts = new Blake3Hasher();
  return { update: (part) => void parts.update(given(part)), digest: () => parts.digestBuffer() };
}
