import type { KeyAndCertificate } from "../adapters/certificates.ts";
import type { Pki } from "../adapters/pki.ts";
import { every, type Repeated } from "../app/every.ts";
import type { Log } from "../app/log.ts";

/** Interval of the check of the certificate against names, clock and expiry; ms. */
const CHECK_MS = 10_000;

/** The names under which a coordinator is reached, and its certificate for them. Both change while it runs: machines are given addresses. */
export interface OwnNames {
  hosts(): readonly string[];
  certificate(): Promise<KeyAndCertificate>;
  /** Keeps both up to date from now on. @param use Called with each further certificate. */
  keep(use: (tls: KeyAndCertificate) => void): Repeated;
}

/** @param read The names at this moment. */
export function ownNames(pki: Pick<Pki, "serverTls">, read: () => readonly string[], log: Log, ms = CHECK_MS): OwnNames {
  let hosts = read();
  let shown: string | undefined;

  async function certificate(): Promise<KeyAndCertificate> {
    hosts = read();
    const tls = await pki.serverTls(hosts);
    shown = tls.cert;
    return tls;
  }

  async function check(use: (tls: KeyAndCertificate) => void): Promise<void> {
    const before = shown;
    const next = await certificate();
    if (next.cert !== before) use(next);
  }

  return {
    hosts: () => hosts,
    certificate,
    keep: (use) => every(ms, "the server's certificate cannot be renewed", () => check(use), log),
  };
}
