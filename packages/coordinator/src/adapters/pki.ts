import { createHash, createPrivateKey, hkdfSync, sign, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { join } from "node:path";
import { isIssuedBy } from "@sitewright/node-kit/tls-trust";
import { SitewrightError } from "@sitewright/protocol";
import { makeCa, makeServerCertificate, reissueCa, type KeyAndCertificate } from "./certificates.ts";
import { readIfThere, writePrivateFile } from "./files/private-file.ts";

/** The coordinator's own certification authority. */
export interface Pki {
  caPem: string;
  /** SHA-256 of the certificate's DER, hex: what a join token carries. */
  caHash: string;
  /** 32 bytes that only holders of the CA's key can derive. */
  secretFor(purpose: string): Uint8Array;
  /** With the key of the CA: ECDSA with SHA-256, IEEE P1363. */
  sign(bytes: Uint8Array): Uint8Array;
  /**
   * Key and certificate chain (PEM) of a server reached under these names; kept until the names change, it is about to expire or it is not
   * valid yet.
   */
  serverTls(hosts: readonly string[]): Promise<KeyAndCertificate>;
}

/** A certificate is renewed when it is valid for less than this, ms. */
const RENEW_BEFORE = 30 * 86_400_000;

/**
 * Opens the CA of a data folder; made once. Throws `CONFLICT` when its files do not match.
 * @param tell Called with the reason why an existing certificate is replaced.
 */
export async function openPki(dataDir: string, clock: () => number = Date.now, tell: (why: string) => void = () => {}): Promise<Pki> {
  const ca = await openCa(dataDir, clock(), tell);
  const root = new X509Certificate(ca.cert);
  const files = filesOf(dataDir, "server");
  return {
    caPem: ca.cert,
    caHash: createHash("sha256").update(root.raw).digest("hex"),
    secretFor: (purpose) =>
      new Uint8Array(hkdfSync("sha256", createPrivateKey(ca.key).export({ type: "pkcs8", format: "der" }), "", purpose, 32)),
    sign: (bytes) => sign("sha256", bytes, { key: createPrivateKey(ca.key), dsaEncoding: "ieee-p1363" }),
    async serverTls(hosts) {
      const names = [...new Set(hosts)].sort();
      const kept = await readPair(files);
      const fault = kept && faultOf(kept, root, names, clock());
      if (kept && fault === undefined) return withChain(kept, ca);
      if (fault !== undefined) tell(`the certificate of this server is renewed: ${fault}`);
      const made = await makeServerCertificate(ca, names, clock());
      await writePair(files, made);
      return withChain(made, ca);
    },
  };
}

async function openCa(dataDir: string, now: number, tell: (why: string) => void): Promise<KeyAndCertificate> {
  const files = filesOf(dataDir, "ca");
  const cert = await readIfThere(files.cert);
  if (cert === undefined) {
    const made = await makeCa(now);
    await writePair(files, made);
    return made;
  }
  const key = await readIfThere(files.key);
  // Agents trust this CA: replacing it would lock all of them out, so that is not done automatically.
  if (key === undefined || !fits({ key, cert })) {
    throw new SitewrightError(
      "CONFLICT",
      `${files.key} is not the key of ${files.cert}: restore the right one, or remove both and join every agent again`,
      { path: files.key },
    );
  }
  const fault = faultInTime(new X509Certificate(cert), now);
  if (fault === undefined) return { key, cert };
  // With the same key, so that this is right whichever clock was wrong: agents that hold the old certificate stay connected.
  tell(`the certificate of the CA is issued again for the same key, without an end: ${fault}`);
  const again = await reissueCa({ key, cert });
  await writePrivateFile(files.cert, again.cert);
  return again;
}

interface PairFiles {
  key: string;
  cert: string;
}

function filesOf(dataDir: string, name: string): PairFiles {
  return { key: join(dataDir, `${name}-key.pem`), cert: join(dataDir, `${name}.pem`) };
}

async function readPair(files: PairFiles): Promise<KeyAndCertificate | undefined> {
  const [key, cert] = await Promise.all([readIfThere(files.key), readIfThere(files.cert)]);
  return key !== undefined && cert !== undefined ? { key, cert } : undefined;
}

/** The certificate is written last: without it, the pair counts as not made. */
async function writePair(files: PairFiles, pair: KeyAndCertificate): Promise<void> {
  await writePrivateFile(files.key, pair.key);
  await writePrivateFile(files.cert, pair.cert);
}

/** Why a pair can no longer be used. */
function faultOf(pair: KeyAndCertificate, root: X509Certificate, names: readonly string[], now: number): string | undefined {
  if (!fits(pair)) return "its key belongs to another certificate";
  const certificate = new X509Certificate(pair.cert);
  if (!isIssuedBy(root, certificate)) return "it was issued by another CA";
  const held = certificate.subjectAltName?.split(", ") ?? [];
  const isNamed = (name: string) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
  if (held.length !== names.length || !names.every(isNamed)) return "this server is reached under other names now";
  return faultInTime(certificate, now);
}

/** Both ends of its validity are checked: it may have been made while a clock was wrong. */
function faultInTime({ validFromDate: from, validToDate: to }: X509Certificate, now: number): string | undefined {
  const clock = `the clock of this machine says ${textOf(new Date(now))}`;
  if (from.getTime() > now) return `it is valid only from ${textOf(from)} on, made while a clock was ahead, and ${clock}`;
  if (to.getTime() <= now) return `it ended at ${textOf(to)}, and ${clock}`;
  if (to.getTime() - now < RENEW_BEFORE) return `it ends at ${textOf(to)}, and ${clock}`;
  return undefined;
}

function textOf(date: Date): string {
  return `${date.toISOString().slice(0, 16)} UTC`;
}

function fits({ key, cert }: KeyAndCertificate): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function withChain(server: KeyAndCertificate, ca: KeyAndCertificate): KeyAndCertificate {
  return { key: server.key, cert: `${server.cert.trim()}\n${ca.cert.trim()}\n` };
}
