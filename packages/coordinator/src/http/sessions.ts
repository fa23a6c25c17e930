import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { Clock } from "../app/ports.ts";
import { sha256 } from "./secrets.ts";

/**
 * Sessions of browsers, kept nowhere: a value says when it ends and proves it with a key made from the operator token. So they
 * outlive a restart of the coordinator, and all of them end when the token is replaced.
 */
export interface Sessions {
  /** A value for the cookie, good for `SESSION_LIFE_MS`. */
  open(): string;
  /** Undefined when it is not one of ours or has ended. */
  check(value: string | undefined): OpenSession | undefined;
}

export interface OpenSession {
  /** Old enough to be worth a new value: an operator who stays at work stays signed in. */
  wantsRenewal: boolean;
}

export const SESSION_LIFE_MS = 12 * 60 * 60 * 1000;
const RENEWED_AFTER_MS = 5 * 60 * 1000;

export function createSessions(operatorToken: string, clock: Clock): Sessions {
  const key = Buffer.from(hkdfSync("sha256", operatorToken, "", "sitewright session", 32));
  const proofOf = (expiry: string): string => createHmac("sha256", key).update(expiry).digest("base64url");
  return {
    open() {
      const expiry = String(clock() + SESSION_LIFE_MS);
      return `${expiry}.${proofOf(expiry)}`;
    },
    check(value) {
      const [, expiry = "", proof = ""] = /^(\d{1,16})\.([A-Za-z0-9_-]{43})$/.exec(value ?? "") ?? [];
      if (!timingSafeEqual(sha256(proof), sha256(proofOf(expiry)))) return undefined;
      const left = Number(expiry) - clock();
      return left <= 0 ? undefined : { wantsRenewal: left < SESSION_LIFE_MS - RENEWED_AFTER_MS };
    },
  };
}
