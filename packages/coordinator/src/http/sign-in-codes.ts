import { randomBytes } from "node:crypto";
import type { Clock } from "../app/ports/clock.ts";
import { sha256 } from "./secrets.ts";

/** Codes in links that sign a browser in: each valid once, for some minutes, lost when the coordinator ends. */
export interface SignInCodes {
  /** @returns The code and its expiry, ms since 1970. */
  make(): { code: string; expiresAt: number };
  /** Uses the code up; false when it is unknown, was used before, or has expired. */
  use(code: string): boolean;
}

const LIFE_MS = 10 * 60 * 1000;
/** Limit of unused codes; the oldest makes room. */
const MOST = 100;

export function createSignInCodes(clock: Clock): SignInCodes {
  /** Expiry by hash of the code: looking up a hash leaks nothing through its time. */
  const open = new Map<string, number>();
  return {
    make() {
      const code = randomBytes(24).toString("base64url");
      const expiresAt = clock() + LIFE_MS;
      for (const oldest of open.keys()) {
        if (open.size < MOST) break;
        open.delete(oldest);
      }
      open.set(sha256(code).toString("hex"), expiresAt);
      return { code, expiresAt };
    },
    use(code) {
      const key = sha256(code).toString("hex");
      const expiresAt = open.get(key);
      open.delete(key);
      return expiresAt !== undefined && clock() < expiresAt;
    },
  };
}
