import { SitewrightError } from "@sitewright/protocol";

export interface JoinToken {
  /** Proves to the coordinator that this system may join. */
  secret: string;
  /** SHA-256 of the certificate authority's DER, hex: identifies the coordinator that made the token. */
  caHash: string;
}

/** Throws `JOIN_TOKEN_INVALID`. The token itself never appears in a message. */
export function parseJoinToken(text: string): JoinToken {
  const match = /^([^\s.]+)\.([0-9a-fA-F]{64})$/.exec(text.trim());
  if (!match) {
    throw new SitewrightError(
      "JOIN_TOKEN_INVALID",
      "this is not a join token: make one with 'sitewright token create --system NAME' and pass it on completely",
    );
  }
  return { secret: match[1] as string, caHash: (match[2] as string).toLowerCase() };
}
