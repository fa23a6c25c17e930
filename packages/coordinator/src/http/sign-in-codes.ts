import { randomBytes } from "node:crypto";
import type { Clock } from "../app/ports.ts";
import { sha256 } from "./secrets.ts";

/** Codes in links that sign a browser in: each once, for some minutes, forgotten when the coordinator ends. */
export interface SignInCodes {
  /** @returns the code and its end, ms since 1970. */
  make(): { code: string; expiresAt: number };
  /** Uses it up; false when it is not one of ours, was used before, or came too late. */
  use(code: string): boolean;
}

const LIFE_MS = 10 * 60 * 1000;
/** Codes that wait to be used; the oldest makes room. */
const MOST = 100;

export function createSignInCodes(clock: Clock): SignInCodes {
  /** By hash, so that a search tells nothing by its time: when they end. */
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
