import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";

/** A key without a private half: for names that have no key, so that they take as long as the others. */
const NOBODYS_KEY = generateKeyPairSync("ed25519").publicKey.export({ format: "der", type: "spki" });

/** Whether an agent signed it. @param key SPKI DER; undefined: nobody has joined under the name. */
export function isSignedByAgent(key: Uint8Array | undefined, transcript: Uint8Array, signature: Uint8Array): boolean {
  try {
    const publicKey = createPublicKey({ key: Buffer.from(key ?? NOBODYS_KEY), format: "der", type: "spki" });
    return verify(null, transcript, publicKey, signature) && key !== undefined;
  } catch {
    return false;
  }
}
