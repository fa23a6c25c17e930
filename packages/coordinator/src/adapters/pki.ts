import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { makeCa, makeServerCertificate, type KeyAndCertificate } from "./certificates.ts";
import { readIfThere, writePrivateFile } from "./private-file.ts";

/** The coordinator's own certification authority. */
export interface Pki {
  caPem: string;
  /** SHA-256 of the certificate's DER, hex: what a join token carries. */
  caHash: string;
  /** Key and certificate chain (PEM) of a server reached under these names; kept until the names change or the end is near. */
  serverTls(hosts: readonly string[]): Promise<KeyAndCertificate>;
}

/** A certificate is renewed when it has less than this left, ms. */
const RENEW_BEFORE = 30 * 86_400_000;

/** Opens the CA of a data folder; made once. Throws `CONFLICT` when its files do not fit each other. */
export async function openPki(dataDir: string, clock: () => number = Date.now): Promise<Pki> {
  const ca = await openCa(dataDir, clock());
  const root = new X509Certificate(ca.cert);
  const files = filesOf(dataDir, "server");
  return {
    caPem: ca.cert,
    caHash: createHash("sha256").update(root.raw).digest("hex"),
    async serverTls(hosts) {
      const names = [...new Set(hosts)].sort();
      const kept = await readPair(files);
      if (kept && isUsable(kept, root, names, clock())) return withChain(kept, ca);
      const made = await makeServerCertificate(ca, names, clock());
      await writePair(files, made);
      return withChain(made, ca);
    },
  };
}

async function openCa(dataDir: string, now: number): Promise<KeyAndCertificate> {
  const files = filesOf(dataDir, "ca");
  const cert = await readIfThere(files.cert);
  if (cert === undefined) {
    const made = await makeCa(now);
    await writePair(files, made);
    return made;
  }
  const key = await readIfThere(files.key);
  // Agents trust this CA: a new one in its place would lock all of them out, so that is not done unasked.
  if (key === undefined || !fits({ key, cert })) {
    throw new SitewrightError(
      "CONFLICT",
      `${files.key} is not the key of ${files.cert}: put the right one back, or remove both and join every agent again`,
      { path: files.key },
    );
  }
  return { key, cert };
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

/** The certificate comes last: without it, the pair counts as not made. */
async function writePair(files: PairFiles, pair: KeyAndCertificate): Promise<void> {
  await writePrivateFile(files.key, pair.key);
  await writePrivateFile(files.cert, pair.cert);
}

function isUsable(pair: KeyAndCertificate, root: X509Certificate, names: readonly string[], now: number): boolean {
  if (!fits(pair)) return false;
  const certificate = new X509Certificate(pair.cert);
  if (!certificate.checkIssued(root) || !certificate.verify(root.publicKey)) return false;
  if (certificate.validToDate.getTime() - now < RENEW_BEFORE) return false;
  const held = certificate.subjectAltName?.split(", ") ?? [];
  return (
    held.length === names.length &&
    names.every((name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined)
  );
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
