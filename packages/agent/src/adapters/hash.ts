import { blake3, Blake3Hasher } from "@napi-rs/blake-hash";
import type { Digest } from "@sitewright/protocol";

/** One for all: a digest as text is an ordinary value, where a buffer is freed only when its thread comes to rest. */
const hasher = new Blake3Hasher();

export function hashBytes(bytes: Uint8Array): Uint8Array {
  return blake3(bytes);
}

export function digestOf(bytes: Uint8Array): Digest {
  hasher.reset();
  return hasher.update(bytes).digest();
}
