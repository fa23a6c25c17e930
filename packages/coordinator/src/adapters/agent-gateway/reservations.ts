import { createHash, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../app/ports/clock.ts";

/**
 * What a welcomed agent shows with its next connection, so that a place is reserved for it among strangers. It gives no right: the agent
 * proves its key as before, and a copied reservation can take the places of that one system, not more. It is not stored: it is
 * authenticated with a key derived from the operator token, so it outlives a restart of the coordinator.
 */
export interface Reservations {
  /** @param key The key that the system's agent proved: reservations of an earlier key end. */
  issue(system: string, key: Uint8Array): string;
  isRight(system: string, shown: string): boolean;
  /** The system's key was replaced or deleted: no reservation is valid until an agent proves a key. */
  end(system: string): void;
}

export const RESERVATION_HEADER = "x-sitewright-reservation";

const DAY = 24 * 60 * 60 * 1000;
/**
 * Validity, long enough for agents that were disconnected for long. A reservation changes once a day, so that agents need not store a new
 * one each time.
 */
const LIFE_DAYS = 60;
/** Characters that distinguish keys. */
const KEY_ID = 16;

export function createReservations(operatorToken: string, clock: Clock): Reservations {
  const secret = Buffer.from(hkdfSync("sha256", operatorToken, "", "sitewright reservation", 32));
  /** The last proved key, by system; empty: it was ended. Unknown system: any key. */
  const keyIds = new Map<string, string>();
  const proofOf = (system: string, day: string, keyId: string): Buffer =>
    createHmac("sha256", secret).update(`${day} ${keyId} ${system}`).digest();
  const today = (): number => Math.floor(clock() / DAY);
  return {
    issue(system, key) {
      const [day, keyId] = [String(today() + LIFE_DAYS), createHash("sha256").update(key).digest("hex").slice(0, KEY_ID)];
      keyIds.set(system, keyId);
      return `${day}.${keyId}.${proofOf(system, day, keyId).toString("base64url")}`;
    },
    isRight(system, shown) {
      const [, day, keyId, proof] = /^(\d{1,7})\.([0-9a-f]{16})\.([A-Za-z0-9_-]{43})$/.exec(shown) ?? [];
      if (day === undefined || keyId === undefined || proof === undefined || Number(day) < today()) return false;
      return (keyIds.get(system) ?? keyId) === keyId && timingSafeEqual(Buffer.from(proof, "base64url"), proofOf(system, day, keyId));
    },
    end: (system) => void keyIds.set(system, ""),
  };
}
