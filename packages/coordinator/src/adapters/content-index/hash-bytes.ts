import { blake3UrlSafeBase64 } from "@napi-rs/blake-hash";

/**
 * BLAKE3, 32 bytes. The library's answer as bytes is freed only when its thread comes to rest, which one that indexes does not: of a
 * million chunks 300 MB would be left behind. As text it is an ordinary value, and quicker too.
 */
export function hashBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.from(blake3UrlSafeBase64(bytes), "base64url");
}

/** Writes the hash of `bytes` to `target` from `at` on. */
export function hashInto(target: Buffer, at: number, bytes: Uint8Array): void {
  target.write(blake3UrlSafeBase64(bytes), at, "base64url");
}
