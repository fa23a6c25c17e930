import { X509Certificate } from "node:crypto";
import { SitewrightError } from "@sitewright/protocol";
import { hashOf } from "./distrust.ts";
import { createHttpClient } from "./http-client.ts";
import { readWhole, refusalOf } from "./http-reply.ts";

/**
 * Requests the coordinator's certificate authority, over an unauthenticated connection, and accepts it only if it has the hash in the join
 * token. Returns its PEM. Throws `COORDINATOR_UNTRUSTED`.
 */
export async function learnAuthority(base: URL, expectedHash: string, signal: AbortSignal): Promise<string> {
  const client = createHttpClient({ url: base }, "unverified");
  try {
    const reply = await client.request({ method: "GET", path: "/api/v1/ca", signal });
    if (reply.status !== 200) throw await refusalOf(reply);
    return checkAuthority(await readWhole(reply.body), expectedHash, base);
  } finally {
    client.close();
  }
}

function checkAuthority(pem: Uint8Array, expectedHash: string, base: URL): string {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch (cause) {
    throw new SitewrightError("COORDINATOR_UNTRUSTED", `${base.host} did not answer with a certificate: check the address`, { cause });
  }
  const hash = hashOf(certificate);
  if (hash !== expectedHash) {
    throw new SitewrightError(
      "COORDINATOR_UNTRUSTED",
      `${base.host} is not the coordinator that made this token: expected is the certificate authority with the SHA-256 ${expectedHash}, shown was ${hash}. ` +
        "Check the address, and make a new token if the coordinator was set up again",
    );
  }
  // Encoded again from what was hashed: otherwise a second certificate in the reply would be trusted too.
  return certificate.toString();
}
