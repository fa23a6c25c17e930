import { expect, test } from "vitest";
import { isPeerEndpoint, readTicket, ticketIdentity, type PeerTicket } from "../index.ts";

const ticket: PeerTicket = { system: "S".repeat(63), manifest: "5f".repeat(32), expires: 1_900_000_000_000 };

test("a ticket fits the identity of a TLS connection, and decoding it yields what it was made of", () => {
  const identity = ticketIdentity(ticket);
  expect(identity.length).toBeLessThanOrEqual(128);
  expect(readTicket(identity)).toEqual(ticket);
});

test.each([
  "",
  "no ticket",
  "a.b.c",
  ticketIdentity(ticket).slice(0, 20),
  `${ticketIdentity(ticket)}/x`,
  ticketIdentity(ticket).replace(".", "!"),
])("%j is not a ticket", (identity) => expect(readTicket(identity)).toBeUndefined());

test.each([
  ["10.0.0.9", 1, true],
  ["fd00::3", 65_535, true],
  ["::ffff:10.0.0.9", 80, true],
  ["srv.example", 80, false],
  ["10.0.0.9/../", 80, false],
  ["", 80, false],
  ["10.0.0.9", 0, false],
  ["10.0.0.9", 65_536, false],
  [undefined, 80, false],
])("an endpoint at %s, port %s: %s", (host, port, is) => expect(isPeerEndpoint({ host, port })).toBe(is));
