import type { Digest } from "../unit.ts";

/** Where an agent serves its neighbours. */
export interface PeerEndpoint {
  /** An IP address. */
  host: string;
  port: number;
}

/** What a ticket permits its holder; together with its code it is identity and key of a TLS connection. */
export interface PeerTicket {
  /** The system that may fetch. */
  system: string;
  manifest: Digest;
  /** ms since 1970, by the coordinator's clock. */
  expires: number;
}

/** Path of streams between neighbours on an agent's endpoint. */
export const PEER_STREAM_PATH = "/peer/v1/stream";

/**
 * TLS with a pre-shared key: knowing a ticket, or being able to check it, authenticates either side, and no certificate is needed. The
 * cipher suites of TLS 1.2 for it with forward secrecy and authenticated encryption.
 */
export const PEER_TLS = { ciphers: "ECDHE-PSK-CHACHA20-POLY1305", minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } as const;

/** The ticket as PSK identity of a TLS connection, 128 bytes at most. Its code is an HMAC-SHA256 of it. */
export function ticketIdentity({ system, manifest, expires }: PeerTicket): string {
  const digest = Uint8Array.fromHex(manifest).toBase64({ alphabet: "base64url", omitPadding: true });
  return `${expires.toString(36)}.${digest}.${system}`;
}

/** Undefined for text that is not a ticket. */
export function readTicket(identity: string): PeerTicket | undefined {
  const [, expires, digest, system] = /^([0-9a-z]{1,10})\.([\w-]{43})\.([\w-]{1,63})$/.exec(identity) ?? [];
  if (expires === undefined || digest === undefined || system === undefined) return undefined;
  try {
    return { system, expires: parseInt(expires, 36), manifest: Uint8Array.fromBase64(digest, { alphabet: "base64url" }).toHex() };
  } catch {
    return undefined;
  }
}

/** A numeric address, so that no name service is used. */
export function isPeerEndpoint({ host, port }: { host: unknown; port: unknown }): boolean {
  const isAddress = typeof host === "string" && host.length <= 45 && /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$/.test(host);
  return isAddress && Number.isInteger(port) && (port as number) > 0 && (port as number) < 65_536;
}
