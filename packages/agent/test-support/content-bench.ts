import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import { createServer as createNetServer, type AddressInfo, type Socket } from "node:net";
import type { AgentMessage } from "@sitewright/protocol";
import { createFetchPool, type FetchPool } from "../src/adapters/fetch/fetch-pool.ts";
import { PEER_TIMES, type PeerTimes } from "../src/adapters/fetch/peer-lane.ts";
import { createContentClient } from "../src/adapters/link/content-client.ts";
import { createHttpClient } from "../src/adapters/link/http-client.ts";
import { createCurrentLink, type CurrentLink } from "../src/app/session/current-link.ts";
import type { ContentSource } from "../src/app/ports/content.ts";
import { TEST_CERTIFICATES } from "@sitewright/testkit/certificates";
import { createContentServer, type ContentServer } from "@sitewright/testkit/content-server";

/** A content client and its server. */
export interface ContentBench extends AsyncDisposable {
  content: ContentSource;
  server: ContentServer;
  current: CurrentLink;
  /** How many the client has made to the server. */
  connections(): number;
  /** A new connection was welcomed. */
  linkUp(token?: string): void;
  /** What was logged. */
  logged: string[];
  /** What the agent sent on its link. */
  said: AgentMessage[];
}

/** Threads start slowly, and end with the process that runs the test files. */
const sharedPool: FetchPool = { ...createFetchPool(), close: () => Promise.resolve() };

export interface BenchOptions {
  /** After which silence a stream counts as stalled, ms. By default longer than a busy machine is silent. */
  stallMs?: number;
  peerTimes?: PeerTimes;
  /** Neighbours may fetch from here. */
  servesPeers?: boolean;
  /** PEM; the authority that the client trusts, if not the server's. */
  ca?: string;
}

export async function openContentBench({
  stallMs = 60_000,
  peerTimes = PEER_TIMES,
  servesPeers = false,
  ca = TEST_CERTIFICATES.caPem,
}: BenchOptions = {}): Promise<ContentBench> {
  const server = createContentServer();
  const answer: RequestListener = (request, response) => {
    if (!server.answer(request, response)) response.writeHead(500).end();
  };
  const listener = createServer({ key: TEST_CERTIFICATES.serverKey, cert: TEST_CERTIFICATES.serverCert }, answer);
  listener.on("upgrade", (request, socket, head: Buffer) => {
    socket.unshift(head);
    if (!server.upgrade(request, socket)) socket.destroy();
  });
  // An upgraded connection that the other side closed is only detected by reading.
  const sockets = new Set<Socket>();
  let connections = 0;
  // A long line delays the handshake too.
  const entrance = createNetServer({ pauseOnConnect: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    setTimeout(() => listener.emit("connection", socket), server.delayMs);
  });
  entrance.listen(0, "127.0.0.1");
  await once(entrance, "listening");
  const { port } = entrance.address() as AddressInfo;
  const url = new URL(`https://localhost:${port}`);
  const http = createHttpClient({ url }, { ca });
  const current = createCurrentLink();
  const said: AgentMessage[] = [];
  const send = (message: AgentMessage) => Promise.resolve(said.push(message) > 0);
  const linkUp = (token = "token-1") => current.up({ localAddress: "127.0.0.1", send, close: () => undefined }, token);
  linkUp();
  const logged: string[] = [];
  const log = (_level: string, message: string) => void logged.push(message);
  return {
    content: createContentClient({
      coordinator: { url, ca },
      http,
      pool: sharedPool,
      current,
      log,
      stallMs,
      peerTimes,
      endpoint: { isOpen: () => servesPeers, hasNeighbours: () => servesPeers },
    }),
    server,
    connections: () => connections,
    current,
    linkUp,
    logged,
    said,
    async [Symbol.asyncDispose]() {
      http.close();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => entrance.close(resolve));
    },
  };
}
