import { createHmac, timingSafeEqual } from "node:crypto";
import type { Digest, ErrorCode, Ranges } from "@sitewright/protocol";
import type { TransfersState } from "../content/transfers.ts";

/** What a coordinator that stands by asks the one that leads, to serve content for it. JSON, one object a message. */
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
  /** bit/s. */
  budget?: number;
  roundTripMs?: number;
}

/** The version is a part of it: coordinators of different versions serve nothing for each other. */
export const SERVING_PATH = "/coordinator/v1/content";
/** The id of the member, and a code that only holders of the CA's key can make. */
export const MEMBER_HEADER = "x-sitewright-member";
/** bytes; ranges are bounded by the protocol of agents. */
export const MOST_OF_A_MESSAGE = 8 * 1024 * 1024;
/** ms between two pings of the one that leads. */
export const PING_MS = 5_000;

export function stateMember(member: string, secret: Uint8Array): string {
  return `${member} ${codeOf(member, secret).toString("base64url")}`;
}

/** The member that a header states; undefined if it does not prove it. */
export function provenMember(stated: string | string[] | undefined, secret: Uint8Array): string | undefined {
  const [member = "", code = ""] = typeof stated === "string" ? stated.split(" ") : [];
  const [given, right] = [Buffer.from(code, "base64url"), codeOf(member, secret)];
  return given.length === right.length && timingSafeEqual(given, right) ? member : undefined;
}

function codeOf(member: string, secret: Uint8Array): Buffer {
  return createHmac("sha256", secret).update(`serves content\n${member}`).digest();
}
