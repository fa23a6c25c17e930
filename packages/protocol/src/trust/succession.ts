import { LIMITS } from "../limits.ts";

/**
 * The word of a certificate authority (CA): the coordinator whose CA has the key `to` may take the place of its own. Statements form a
 * chain from the CA that an agent trusts to another one. Nothing in them is secret.
 */
export interface SuccessionStatement {
  /** Id of the coordinator, which the successor takes over: an agent follows no statement about another one. */
  coordinator: string;
  /** Rises with each other successor that this CA names; its highest one is in force. ms since 1970 at least. */
  number: number;
  /** Public keys of both CAs, SPKI DER in base64. */
  from: string;
  to: string;
  /** By `from`, over the transcript: ECDSA with SHA-256, IEEE P1363, in base64. */
  signature: string;
}

/** Statements that a coordinator shows: it took over that many times. */
export const MOST_STATEMENTS = 16;

/** What is signed. */
export function successionTranscript({ coordinator, number, from, to }: Omit<SuccessionStatement, "signature">): Uint8Array {
  return new TextEncoder().encode(`sitewright succession v1\n${coordinator}\n${number}\n${from}\n${to}\n`);
}

const MOST_TEXT = 1_000;

/** Of a value from a file or a coordinator: whether it has the form of a statement; who signed it is another question. */
export function isSuccessionStatement(value: unknown): value is SuccessionStatement {
  if (typeof value !== "object" || value === null) return false;
  const { coordinator, number, from, to, signature } = value as Record<string, unknown>;
  const isNumber = Number.isSafeInteger(number) && Number(number) > 0 && Number(number) <= LIMITS.tenure;
  return isNumber && [coordinator, from, to, signature].every((text) => typeof text === "string" && text.length <= MOST_TEXT);
}
