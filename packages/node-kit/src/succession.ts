import { createPublicKey, sign, verify, type KeyObject, type X509Certificate } from "node:crypto";
import { successionTranscript, type SuccessionStatement } from "@sitewright/protocol";

/** The public key of a CA as statements name it: SPKI DER in base64. */
export function authorityKey({ publicKey }: Pick<X509Certificate, "publicKey">): string {
  return publicKey.export({ type: "spki", format: "der" }).toString("base64");
}

/** @param key Private key of `from`. */
export function signSuccession(statement: Omit<SuccessionStatement, "signature">, key: KeyObject): SuccessionStatement {
  const signature = sign("sha256", successionTranscript(statement), { key, dsaEncoding: "ieee-p1363" }).toString("base64");
  return { ...statement, signature };
}

/** Whether the CA that a statement names as its own has signed it. */
export function isSignedSuccession(statement: SuccessionStatement): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(statement.from, "base64"), format: "der", type: "spki" });
    const signature = Buffer.from(statement.signature, "base64");
    return verify("sha256", successionTranscript(statement), { key, dsaEncoding: "ieee-p1363" }, signature);
  } catch {
    return false;
  }
}
