import { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** PEM texts. */
export interface KeyAndCertificate {
  key: string;
  cert: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY = 86_400_000;
const SERVER_DAYS = 397;
/** Clocks of site systems may be slow or have stopped. Both together stay below the 825 days that some browsers accept. */
const BACKDATED_DAYS = 365;
/**
 * Fixed, whatever the clock says when a CA is made or checked: trust in a CA is decided by tokens and people. This end means "no end" (RFC
 * 5280).
 */
const CA_VALIDITY = { notBefore: new Date(0), notAfter: new Date(Date.UTC(9999, 11, 31, 23, 59, 59)) };

/** A new certification authority that signs only servers. @param now For its name, ms since 1970. */
export async function makeCa(now: number): Promise<KeyAndCertificate> {
  const keys = await makeKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=Sitewright CA ${new Date(now).toISOString().slice(0, 10)}`,
    keys,
    signingAlgorithm: ALGORITHM,
    ...CA_VALIDITY,
    extensions: await caExtensions(keys.publicKey),
  });
  return { key: await exportKey(keys.privateKey), cert: certificate.toString("pem") };
}

/**
 * The same CA, name and key, with a certificate that never expires: certificates issued by the old one, and clients that trust it, work
 * with both.
 */
export async function reissueCa(ca: KeyAndCertificate): Promise<KeyAndCertificate> {
  const old = new X509Certificate(ca.cert);
  const publicKey = await old.publicKey.export(ALGORITHM, ["verify"]);
  const certificate = await X509CertificateGenerator.create({
    subject: old.subject,
    issuer: old.subject,
    publicKey,
    signingKey: await importKey(ca.key),
    signingAlgorithm: ALGORITHM,
    ...CA_VALIDITY,
    extensions: await caExtensions(publicKey),
  });
  return { key: ca.key, cert: certificate.toString("pem") };
}

async function caExtensions(publicKey: webcrypto.CryptoKey) {
  return [
    new BasicConstraintsExtension(true, 0, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    await SubjectKeyIdentifierExtension.create(publicKey),
  ];
}

/** A certificate for a server that is reached under `names` (host names and IP addresses). */
export async function makeServerCertificate(ca: KeyAndCertificate, names: readonly string[], now: number): Promise<KeyAndCertificate> {
  const issuer = new X509Certificate(ca.cert);
  const keys = await makeKeys();
  const certificate = await X509CertificateGenerator.create({
    subject: "CN=Sitewright coordinator",
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await importKey(ca.key),
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(now - BACKDATED_DAYS * DAY),
    notAfter: new Date(now + SERVER_DAYS * DAY),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(names.map((name) => ({ type: isIP(name) === 0 ? "dns" : "ip", value: name }))),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { key: await exportKey(keys.privateKey), cert: certificate.toString("pem") };
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), PemConverter.PrivateKeyTag);
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey("pkcs8", PemConverter.decodeFirst(pem), ALGORITHM, false, ["sign"]);
}
