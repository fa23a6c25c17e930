import { STATUS_CODES, type IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { CONTENT_PROTOCOL, PEER_STREAM_PATH, PEER_TLS, SitewrightError, type PeerTicket } from "@sitewright/protocol";
import { createFrameBuffers } from "./frame-buffers.ts";
import type { LookUp } from "./messages.ts";
import { readServedManifest, type ServedManifest } from "./served-manifest.ts";
import { SERVE_TIMES, serveStream, type ServeTimes } from "./serve-stream.ts";
import type { TicketCheck } from "./ticket-check.ts";

export interface PeerServerOptions {
  dataDir: string;
  tickets: TicketCheck;
  lookUp: LookUp;
  times?: ServeTimes;
}

export interface PeerServer {
  /** Resolves with the port. */
  listen(host: string, port: number): Promise<number>;
  close(): void;
}

/** All streams, and those of one neighbour. */
const MOST_STREAMS = 128;
const MOST_OF_ONE = 32;
const MOST_CONNECTIONS = 160;
/** Manifests that are kept for the next stream. */
const MOST_TABLES = 4;
const HANDSHAKE_MS = 5_000;
/** A neighbour that neither asks nor takes anything for so long is gone, ms. */
const SILENCE_MS = 60_000;

/** Serves content of this system to neighbours that hold a ticket. Who has none does not get through the TLS handshake. */
export function createPeerServer({ dataDir, tickets, lookUp, times = SERVE_TIMES }: PeerServerOptions): PeerServer {
  const admitted = new WeakMap<Socket, PeerTicket>();
  const open = new Map<Socket, string>();
  const tables = new Map<string, ServedManifest>();
  const buffers = createFrameBuffers();

  const server = createServer({
    ...PEER_TLS,
    handshakeTimeout: HANDSHAKE_MS,
    headersTimeout: HANDSHAKE_MS,
    maxHeaderSize: 4096,
    pskCallback(socket, identity) {
      const known = tickets.check(identity);
      if (known) admitted.set(socket, known.ticket);
      return known?.key ?? null;
    },
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on("request", (_request, response) => response.writeHead(404, { connection: "close" }).end());
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    serve(request, socket, head).catch((error: unknown) => refuse(socket, SitewrightError.from(error)));
  });

  async function serve(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const ticket = admitted.get(request.socket);
    if (!ticket) throw new SitewrightError("UNAUTHENTICATED", "there is no ticket");
    if (request.url !== PEER_STREAM_PATH || request.headers.upgrade !== CONTENT_PROTOCOL)
      throw new SitewrightError("NOT_FOUND", "there is nothing of that kind here");
    const ofOne = [...open.values()].filter((system) => system === ticket.system).length;
    if (open.size >= MOST_STREAMS || ofOne >= MOST_OF_ONE) throw new SitewrightError("TOO_MANY_REQUESTS", "too many streams are open");
    open.set(socket, ticket.system);
    socket.once("close", () => open.delete(socket));
    const table = tableOf(ticket.manifest);
    const held = await lookUp(table.unit, ticket.manifest);
    if (!held) throw new SitewrightError("CONTENT_UNAVAILABLE", "this neighbour does not have the content");
    socket.setNoDelay(true).setTimeout(SILENCE_MS);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${CONTENT_PROTOCOL}\r\n\r\n`);
    await serveStream(socket, head, { manifest: ticket.manifest, table, held, lookUp, buffers }, times);
  }

  function tableOf(manifest: string): ServedManifest {
    const table = tables.get(manifest) ?? readServedManifest(dataDir, manifest);
    tables.delete(manifest);
    tables.set(manifest, table);
    for (const oldest of tables.keys()) if (tables.size > MOST_TABLES) tables.delete(oldest);
    return table;
  }

  return {
    listen(host, port) {
      return new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
      });
    },
    close() {
      server.close();
      server.closeAllConnections();
      for (const socket of open.keys()) socket.destroy();
    },
  };
}

function refuse(socket: Socket, { code, message }: SitewrightError): void {
  const status = code === "TOO_MANY_REQUESTS" ? 429 : code === "NOT_FOUND" ? 404 : code === "UNAUTHENTICATED" ? 401 : 503;
  const body = JSON.stringify({ error: { code, message } });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
