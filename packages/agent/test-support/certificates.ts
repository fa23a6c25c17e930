import { createHash, webcrypto } from "node:crypto";
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const HOUR = 3_600_000;

export interface TestCertificates {
  caPem: string;
  /** SHA-256 of the authority's DER, as a join token carries it. */
  caHash: string;
  serverKey: string;
  /** With its authority's behind it. */
  serverCert: string;
}

/** A certificate authority, and a server of it that is reached under `host`; the server's certificate holds for two hours around now unless told. */
export async function makeTestCertificates(host: string, serverTime?: { notBefore: Date; notAfter: Date }): Promise<TestCertificates> {
  const validity = { notBefore: new Date(Date.now() - HOUR), notAfter: new Date(Date.now() + HOUR), signingAlgorithm: ALGORITHM };
  const caKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: "CN=Test CA",
    keys: caKeys,
    ...validity,
    extensions: [new BasicConstraintsExtension(true, 0, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)],
  });
  const serverKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const server = await X509CertificateGenerator.create({
    subject: "CN=Test server",
    issuer: ca.subject,
    publicKey: serverKeys.publicKey,
    signingKey: caKeys.privateKey,
    ...validity,
    ...serverTime,
    extensions: [new SubjectAlternativeNameExtension([{ type: "dns", value: host }])],
  });
  return {
    caPem: ca.toString("pem"),
    caHash: createHash("sha256").update(new Uint8Array(ca.rawData)).digest("hex"),
    serverKey: PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", serverKeys.privateKey), PemConverter.PrivateKeyTag),
    serverCert: `${server.toString("pem")}\n${ca.toString("pem")}\n`,
  };
}

/** Of the servers that the tests of one file start under the name localhost. */
export const TEST_CERTIFICATES = await makeTestCertificates("localhost");
