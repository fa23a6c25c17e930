import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../app/ports/clock.ts";
import { sha256 } from "./secrets.ts";

/**
 * Sessions of browsers, stored nowhere: a value states its expiry, authenticated with a key derived from the operator token. So all of them
 * end when the token is replaced, and they outlive a restart of the coordinator where browsers check its certificate. Where plain HTTP is
 * answered they do not: while no coordinator listens, a browser would send its cookie to any program on the port.
 */
export interface Sessions {
  /** A value for the cookie, valid for `SESSION_LIFE_MS`. */
  open(): string;
  /** Undefined when it is invalid or has expired. */
  check(value: string | undefined): OpenSession | undefined;
  /** Where sessions end with the process: how an open page continues afterwards. */
  resumption?: Resumption;
}

/**
 * A page keeps a secret in its memory, which a program that took the port cannot read, and proves it to the next process, whose challenge
 * is unpredictable. The secret itself is never sent again.
 */
export interface Resumption {
  /** A different one in each process. */
  challenge: string;
  /** The expiry and the secret, for a page of an open session. */
  give(): string;
  /** Whether this is `<end>.<HMAC of the challenge>` of a secret that was issued and has not expired. */
  check(answer: string): boolean;
}

export interface OpenSession {
  /** Old enough to be renewed: an operator who keeps working stays signed in. */
  wantsRenewal: boolean;
}

export const SESSION_LIFE_MS = 12 * 60 * 60 * 1000;
const RENEWED_AFTER_MS = 5 * 60 * 1000;

/** @param clock One that nobody sets while the process runs. @param isPlain Whether plain HTTP is answered. */
export function createSessions(operatorToken: string, clock: Clock, isPlain: boolean): Sessions {
  const derive = (salt: Uint8Array | string, purpose: string) => Buffer.from(hkdfSync("sha256", operatorToken, salt, purpose, 32));
  const key = derive(isPlain ? randomBytes(32) : "", "sitewright session");
  return {
    open() {
      const expiry = String(clock() + SESSION_LIFE_MS);
      return `${expiry}.${hmac(key, expiry)}`;
    },
    check(value) {
      const [expiry, proof] = parse(value);
      if (!timingSafeEqual(sha256(proof), sha256(hmac(key, expiry)))) return undefined;
      const left = Number(expiry) - clock();
      // More than any session has left: an earlier process made it, before the clock of the machine was set back.
      return left <= 0 || left > SESSION_LIFE_MS + RENEWED_AFTER_MS
        ? undefined
        : { wantsRenewal: left < SESSION_LIFE_MS - RENEWED_AFTER_MS };
    },
    ...(isPlain ? { resumption: createResumption(derive("", "sitewright resumption"), clock) } : {}),
  };
}

function createResumption(key: Uint8Array, clock: Clock): Resumption {
  const challenge = randomBytes(32).toString("base64url");
  return {
    challenge,
    give() {
      const expiry = String(clock() + SESSION_LIFE_MS);
      return `${expiry}.${hmac(key, expiry)}`;
    },
    check(answer) {
      const [expiry, proof] = parse(answer);
      const secret = Buffer.from(hmac(key, expiry), "base64url");
      const left = Number(expiry) - clock();
      const isInTime = left > 0 && left <= SESSION_LIFE_MS + RENEWED_AFTER_MS;
      return timingSafeEqual(sha256(proof), sha256(hmac(secret, challenge))) && isInTime;
    },
  };
}

function hmac(key: Uint8Array, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}

/** The expiry, ms since 1970, and its proof; empty texts for any other shape. */
function parse(value = ""): [expiry: string, proof: string] {
  const [, expiry = "", proof = ""] = /^(\d{1,16})\.([A-Za-z0-9_-]{43})$/.exec(value) ?? [];
  return [expiry, proof];
}
