import { X509Certificate } from "node:crypto";
import type { ConnectionOptions } from "node:tls";

/** For a TLS connection only to a server of the authority `ca` (PEM), regardless of environment variables for certificates. */
export function trustOnly(ca: string): Pick<ConnectionOptions, "ca" | "minVersion" | "rejectUnauthorized" | "checkServerIdentity"> {
  const authority = new X509Certificate(ca);
  return {
    ca,
    minVersion: "TLSv1.3",
    // By default NODE_TLS_REJECT_UNAUTHORIZED decides.
    rejectUnauthorized: true,
    checkServerIdentity(host, shown) {
      // Not imported: workers load TLS only on demand.
      const mismatch = process.getBuiltinModule("node:tls").checkServerIdentity(host, shown);
      if (mismatch || isIssuedBy(authority, new X509Certificate(shown.raw))) return mismatch;
      return Object.assign(new Error("its certificate was issued by another CA"), { code: "ERR_TLS_CERT_ISSUER" });
    },
  };
}

/** Signed with the authority's key, regardless of the dates in both certificates. */
export function isIssuedBy(authority: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}
