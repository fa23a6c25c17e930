import { createHmac } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ticketIdentity, type PeerOffer, type PeerTicket, type Ranges } from "@sitewright/protocol";
import { createPeerServer } from "../src/adapters/peers/peer-server.ts";
import { createServedTables } from "../src/adapters/peers/served-manifest.ts";
import type { ServeTimes } from "../src/adapters/peers/serve-stream.ts";
import { createTicketCheck } from "../src/adapters/peers/ticket-check.ts";
import type { HeldContent } from "../src/domain/tree/held-places.ts";
import type { Release } from "./disk-fixture.ts";

/** A neighbour named PEER that serves a package which it holds in a folder of its own. */
export interface TestPeer extends AsyncDisposable {
  root: string;
  /** Where it expects the package to be. */
  held: HeldContent | undefined;
  write(path: string, content: string | Buffer): void;
  /** A ticket for SRV1, valid for a minute by default. */
  offer(ticket?: Partial<PeerTicket>): PeerOffer;
  shutOut(system: string): void;
  /** Ends every connection and stops listening. */
  die(): void;
}

const KEY = Buffer.alloc(32, 7);
const QUICK: ServeTimes = { retryMs: 10, settleMs: 50, timeoutMs: 5_000, takeMs: 5_000, sayMs: 20 };

export async function startPeer(made: Release, times: Partial<ServeTimes> = {}): Promise<TestPeer> {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-peer-"));
  const [dataDir, root] = [join(folder, "data"), join(folder, "dp")];
  mkdirSync(join(dataDir, "manifests"), { recursive: true });
  mkdirSync(root);
  writeFileSync(join(dataDir, "manifests", made.digest), made.bytes);
  const tickets = createTicketCheck();
  tickets.use({ key: KEY, now: Date.now() });
  const server = createPeerServer({
    tables: createServedTables(dataDir),
    tickets,
    lookUp: async () => peer.held,
    times: { ...QUICK, ...times },
  });
  const port = await server.listen("127.0.0.1", 0);
  const peer: TestPeer = {
    root,
    held: { places: [{ root }], isGrowing: false },
    write(path, content) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    },
    offer: (ticket) => offerOf(port, { system: "SRV1", manifest: made.digest, expires: Date.now() + 60_000, ...ticket }),
    shutOut: (system) => server.shutOut(system),
    die: () => server.close(),
    async [Symbol.asyncDispose]() {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return peer;
}

export function offerOf(port: number, ticket: PeerTicket): PeerOffer {
  const identity = ticketIdentity(ticket);
  return { system: "PEER", host: "127.0.0.1", port, ticket: identity, key: keyOf(identity).toString("base64url") };
}

export function keyOf(identity: string): Buffer {
  return createHmac("sha256", KEY).update(identity).digest();
}

/** Each separately. */
export function rangesOf(ordinals: readonly number[]): Ranges {
  return ordinals.map((ordinal) => [ordinal, ordinal]);
}
