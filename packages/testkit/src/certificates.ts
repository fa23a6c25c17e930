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
  /** PEM. */
  caKey: string;
  /** Of the same authority, for the same key. */
  earlierCaPem: string;
  /** SHA-256 of the authority's DER, as in a join token. */
  caHash: string;
  serverKey: string;
  /** With its authority's certificate appended. */
  serverCert: string;
}

interface Time {
  notBefore: Date;
  notAfter: Date;
}

/**
 * A certificate authority, and a server certificate of it for `host`. Both are valid for two hours around now, unless another time is given
 * for the server's; `earlierTime`: of an earlier certificate of the authority for the same key.
 */
export async function makeTestCertificates(host: string, serverTime?: Time, earlierTime?: Time): Promise<TestCertificates> {
  const validity = { notBefore: new Date(Date.now() - HOUR), notAfter: new Date(Date.now() + HOUR), signingAlgorithm: ALGORITHM };
  const caKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const makeCa = (time?: Time) =>
    X509CertificateGenerator.createSelfSigned({
      name: "CN=Test CA",
      keys: caKeys,
      ...validity,
      ...time,
      extensions: [new BasicConstraintsExtension(true, 0, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)],
    });
  const ca = await makeCa();
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
    caKey: await keyPem(caKeys.privateKey),
    earlierCaPem: (await makeCa(earlierTime)).toString("pem"),
    caHash: createHash("sha256").update(new Uint8Array(ca.rawData)).digest("hex"),
    serverKey: await keyPem(serverKeys.privateKey),
    serverCert: `${server.toString("pem")}\n${ca.toString("pem")}\n`,
  };
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), PemConverter.PrivateKeyTag);
}

/** For the servers that the tests of one file start under the name localhost. */
export const TEST_CERTIFICATES = await makeTestCertificates("localhost");
