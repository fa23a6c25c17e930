import { createHmac } from "node:crypto";
import { readTicket, type PeerTicket } from "@sitewright/protocol";
import type { TicketKey } from "./messages.ts";

/** Which tickets open the endpoint at this time. */
export interface TicketCheck {
  /** Replaces the previous key. */
  use(tickets: TicketKey): void;
  /** The ticket and the key of a TLS identity; undefined for one that opens nothing (any more). */
  check(identity: string): { ticket: PeerTicket; key: Buffer } | undefined;
}

/** @param clock Monotonic ms, independent of the wall clock. */
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
