import { createHash, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { connect, type DetailedPeerCertificate } from "node:tls";
import { isIssuedBy } from "@sitewright/node-kit/tls-trust";

const TIMEOUT_MS = 10_000;
/** Of the chain that a server shows. */
const MOST_CERTIFICATES = 10;

/** Errors of a connection whose server did not prove that it belongs to the joined authority. */
export function isDistrust({ code = "" }: NodeJS.ErrnoException): boolean {
  return /CERT|^UNABLE_TO_|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH|HOSTNAME_MISMATCH/.test(code) || isNoTls(code);
}

export interface Distrust {
  /** For a person. */
  why: string;
  /** PEM of another certificate of the expected authority, signed with its key and valid at this time; the expected one is not. */
  renewed?: string;
  /** PEM of the authority that issued the server's certificate, if it is not the expected one and showed its own. */
  stranger?: string;
}

/**
 * Why the server is not trusted: reads its chain once more, over a connection on which nothing is sent.
 * @param ca PEM of the authority that is expected.
 */
export async function explainDistrust(url: URL, ca: string, error: NodeJS.ErrnoException): Promise<Distrust> {
  if (isNoTls(error.code ?? ""))
    return {
      why: `${url.host} does not speak TLS as a coordinator does: another program listens there, or a coordinator of an older version; nothing was sent to it`,
    };
  const expected = new X509Certificate(ca);
  const [leaf, ...issuers] = await shownBy(url).catch(() => []);
  if (!leaf) return { why: `${url.host} showed a certificate that is not trusted (${error.message})` };
  const shown = issuers.at(-1) ?? leaf;
  if (isIssuedBy(expected, leaf)) {
    const why = clockTrouble(url, [leaf, expected]) ?? `the certificate of ${url.host} does not match: ${error.message}`;
    const isRenewed =
      shown.ca && !isInTime(expected) && isInTime(shown) && isIssuedBy(expected, shown) && shown.publicKey.equals(expected.publicKey);
    return isRenewed
      ? { why: `${why}; its authority has renewed its own, which is trusted from now on`, renewed: shown.toString() }
      : { why };
  }
  const isProven = shown !== leaf && shown.ca && isInTime(shown) && isIssuedBy(shown, leaf);
  return {
    ...(isProven ? { stranger: shown.toString() } : {}),
    why:
      `${url.host} is not the coordinator that this agent joined: expected is the certificate authority with the SHA-256 ${hashOf(expected)}, ` +
      `shown was ${hashOf(shown)} (${shown.subject.replaceAll("\n", ", ")}). Check the address; if the coordinator was set up again, ` +
      "make a new token there ('sitewright token create --system NAME') and run 'sitewright-agent join' with it again",
  };
}

function isNoTls(code: string): boolean {
  return code === "EPROTO" || /^ERR_SSL_.*(WRONG_VERSION|PACKET_LENGTH|HTTP_REQUEST|PROTOCOL|RECORD_TYPE)/.test(code);
}

/** SHA-256 of the certificate's DER, hex: as the end of a join token has it. */
export function hashOf(certificate: X509Certificate): string {
  return createHash("sha256").update(certificate.raw).digest("hex");
}

function isInTime({ validFromDate, validToDate }: X509Certificate): boolean {
  const now = Date.now();
  return validFromDate.getTime() <= now && now <= validToDate.getTime();
}

function clockTrouble({ host }: URL, certificates: X509Certificate[]): string | undefined {
  const wrong = certificates.find((certificate) => !isInTime(certificate));
  if (!wrong) return undefined;
  const [from, to, here] = [wrong.validFromDate, wrong.validToDate, new Date()].map((date) => date.toISOString().slice(0, 16));
  return (
    `the certificate of ${host} holds from ${from} to ${to} UTC, and the clock of this machine says ${here} UTC: ` +
    "set the clock of this machine right, or that of the coordinator's, which then renews its certificate by itself"
  );
}

/** The chain that a server shows, its own certificate first, whichever authority issued it. */
function shownBy(url: URL): Promise<X509Certificate[]> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    // This connection is not authenticated, and nothing is written to it.
    const socket = connect({ host, port: Number(url.port || 443), servername: isIP(host) ? "" : host, rejectUnauthorized: false });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error("no answer")));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed")));
    socket.once("secureConnect", () => {
      const chain: X509Certificate[] = [];
      let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
      while (next?.raw && chain.length < MOST_CERTIFICATES) {
        chain.push(new X509Certificate(next.raw));
        next = next.issuerCertificate === next ? undefined : next.issuerCertificate;
      }
      resolve(chain);
      socket.destroy();
    });
  });
}
