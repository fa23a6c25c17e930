import { createHmac } from "node:crypto";
import { readTicket, type PeerTicket } from "@sitewright/protocol";
import type { TicketKey } from "./messages.ts";

/** Knows which tickets open the endpoint at this time. */
export interface TicketCheck {
  /** Takes the place of the key before. */
  use(tickets: TicketKey): void;
  /** What a TLS identity stands for and the key that proves it; undefined for one that opens nothing (any more). */
  check(identity: string): { ticket: PeerTicket; key: Buffer } | undefined;
}

/** @param clock ms that pass; what the clock on the wall shows here does not matter. */
export function createTicketCheck(clock: () => number = () => performance.now()): TicketCheck {
  let current: { key: Uint8Array; ahead: number } | undefined;
  return {
    use({ key, now }) {
      current = { key, ahead: now - clock() };
    },
    check(identity) {
      const ticket = readTicket(identity);
      if (!current || !ticket || ticket.expires <= clock() + current.ahead) return undefined;
      return { ticket, key: createHmac("sha256", current.key).update(identity).digest() };
    },
  };
}
