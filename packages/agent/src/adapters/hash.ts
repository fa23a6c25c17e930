import { blake3 } from "@napi-rs/blake-hash";
import type { Digest } from "@sitewright/protocol";

export function hashBytes(bytes: Uint8Array): Uint8Array {
  return blake3(bytes);
}

export function digestOf(bytes: Uint8Array): Digest {
  return blake3(bytes).toString("hex");
}
