import { createPublicKey, verify, X509Certificate } from "node:crypto";
import { mediaTranscript, type Signed } from "@sitewright/protocol";

/** Whether the table of a medium was signed by the authority with this certificate (PEM). */
export function isSignedTable({ body, signature }: Signed, ca: string): boolean {
  try {
    const { publicKey } = new X509Certificate(ca);
    const key = createPublicKey(publicKey.export({ format: "pem", type: "spki" }));
    return verify("sha256", mediaTranscript("table", body), { key, dsaEncoding: "ieee-p1363" }, signature);
  } catch {
    return false;
  }
}
