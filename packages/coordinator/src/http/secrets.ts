import { createHash, timingSafeEqual } from "node:crypto";

export function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** Compares a secret with the hash of the right one in constant time. */
export function secretMatches(secret: string, hash: Buffer): boolean {
  return timingSafeEqual(sha256(secret), hash);
}
