import type { Digest, ErrorCode, Ranges } from "@sitewright/protocol";
import type { SlowestLine } from "../content/pacer.ts";
import type { TransfersState } from "../content/transfers.ts";
import { proven, state } from "../stated.ts";

/** What a coordinator that stands by asks the one that leads, to serve content for it. JSON, a list of these in each message. */
export type FromServer =
  /** `session`: the same for all streams with this token. */
  | { kind: "open"; stream: number; session: number; token: string; order: string; manifest: Digest }
  | { kind: "take"; stream: number; call: number; want: number }
  | { kind: "allot"; stream: number; call: number; ranges: Ranges; failed?: string }
  /** Bytes sent on a stream since the last such message. */
  | { kind: "sent"; stream: number; bytes: number }
  | { kind: "uptake"; session: number; state: TransfersState }
  | { kind: "close"; stream: number };

/** What it answers. */
export type FromLeader =
  | ({ kind: "opened"; stream: number; system: string; facts: object } & LineNow)
  | ({ kind: "granted"; stream: number; call: number; bytes: number } & LineNow)
  /** `redirects`: frames, base64. */
  | { kind: "allotted"; stream: number; call: number; own: Ranges; redirects: string[] }
  /** Nothing is granted any more; also instead of `opened`. */
  | { kind: "end"; stream: number; code: ErrorCode; message: string };

export interface LineNow {
  slowest?: SlowestLine;
  roundTripMs?: number;
}

/** The version is a part of it: coordinators of different versions serve nothing for each other. */
export const SERVING_PATH = "/coordinator/v3/content";
/** The id of the member, as `stateMember` states it. */
export const MEMBER_HEADER = "x-sitewright-member";
/** bytes; ranges are bounded by the protocol of agents. */
export const MOST_OF_A_MESSAGE = 8 * 1024 * 1024;
/** Characters that are collected before a message is sent at once. */
const MOST_COLLECTED = 1024 * 1024;
/** ms between two pings of the one that leads. */
export const PING_MS = 5_000;

/** Of the codes of members. */
const USE = "serves content\n";

export const stateMember = (member: string, secret: Uint8Array): string => state(member, secret, USE);

/** The member that a header states; undefined if it does not prove it. */
export function provenMember(stated: string | string[] | undefined, secret: Uint8Array): string | undefined {
  return proven(stated, secret, USE);
}

/**
 * Collects what is said in one turn of the event loop into one message: a grant is a few dozen bytes, and encrypting and sending it alone
 * costs more than the rest of it.
 */
export function inTurns<Said extends FromServer | FromLeader>(send: (message: string) => void): (said: Said) => void {
  let waiting: string[] = [];
  let length = 0;

  function flush(): void {
    if (waiting.length > 0) send(`[${waiting.join(",")}]`);
    waiting = [];
    length = 0;
  }

  return (said) => {
    const text = JSON.stringify(said);
    length += text.length;
    if (waiting.push(text) === 1) setImmediate(flush);
    if (length > MOST_COLLECTED) flush();
  };
}
