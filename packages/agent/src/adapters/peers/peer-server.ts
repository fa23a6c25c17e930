import { STATUS_CODES, type IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { endWith } from "@sitewright/node-kit/last-words";
import { CONTENT_PROTOCOL, createStrangers, PEER_STREAM_PATH, PEER_TLS, SitewrightError, type PeerTicket } from "@sitewright/protocol";
import { createFrameBuffers } from "./frame-buffers.ts";
import type { LookUp } from "./messages.ts";
import type { ServedTables } from "./served-manifest.ts";
import { SERVE_TIMES, serveStream, type ServeTimes } from "./serve-stream.ts";
import type { TicketCheck } from "./ticket-check.ts";

export interface PeerServerOptions {
  tables: ServedTables;
  tickets: TicketCheck;
  lookUp: LookUp;
  times?: ServeTimes;
}

export interface PeerServer {
  /** Resolves with the port. */
  listen(host: string, port: number): Promise<number>;
  /** Ends what this neighbour has open: its tickets end with the key that they were made with. */
  shutOut(system: string): void;
  close(): void;
}

/** Limits of all streams, and those of one neighbour. */
const MOST_STREAMS = 128;
const MOST_OF_ONE = 32;
/** Limit of connections with a ticket. */
const MOST_CONNECTIONS = 160;
/** Limit of connections of one neighbour; each is a stream, or about to be one. */
const MOST_CONNECTIONS_OF_ONE = 40;
/** Limit of connections without a ticket yet, which newer ones displace. */
const STRANGERS = { all: 64, perAddress: 32 };
const HANDSHAKE_MS = 5_000;
/** Interval of the check for slow requests, ms. */
const CHECK_MS = 1_000;
/** A neighbour that neither sends nor receives anything for this long is dead, ms. */
const SILENCE_MS = 60_000;

/** Serves content of this system to neighbours that hold a ticket. Without one a client cannot complete the TLS handshake. */
export function createPeerServer({ tables, tickets, lookUp, times = SERVE_TIMES }: PeerServerOptions): PeerServer {
  const admitted = new WeakMap<Socket, PeerTicket>();
  /** Connections after the handshake, with their neighbour. */
  const known = new Map<Socket, string>();
  const strangers = createStrangers<Socket>(STRANGERS, (socket) => socket.destroy());
  /** Connections before the handshake, by the remote address, which the TLS socket on top has too. */
  const unknown = new Map<string, Socket>();
  const open = new Map<Socket, string>();
  const buffers = createFrameBuffers();

  const server = createServer({
    ...PEER_TLS,
    handshakeTimeout: HANDSHAKE_MS,
    headersTimeout: HANDSHAKE_MS,
    connectionsCheckingInterval: CHECK_MS,
    maxHeaderSize: 4096,
    pskCallback(socket, identity) {
      const known = tickets.check(identity);
      if (known) admitted.set(socket, known.ticket);
      return known?.key ?? null;
    },
  });
  server.maxConnections = MOST_CONNECTIONS + STRANGERS.all;
  server.on("connection", (socket: Socket) => {
    const place = placeOf(socket);
    unknown.set(place, socket);
    strangers.add(socket, socket.remoteAddress ?? "");
    socket.once("close", () => {
      if (unknown.get(place) === socket) unknown.delete(place);
      strangers.remove(socket);
    });
  });
  server.on("secureConnection", (socket: Socket) => {
    const below = unknown.get(placeOf(socket));
    if (below) strangers.remove(below);
    const system = admitted.get(socket)?.system ?? "";
    if (known.size >= MOST_CONNECTIONS || countOf(known, system) >= MOST_CONNECTIONS_OF_ONE) return void socket.destroy();
    known.set(socket, system);
    socket.once("close", () => known.delete(socket));
  });
  server.on("request", (_request, response) => response.writeHead(404, { connection: "close" }).end());
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    serve(request, socket, head).catch((error: unknown) => refuse(socket, SitewrightError.from(error)));
  });

  async function serve(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const ticket = admitted.get(request.socket);
    if (!ticket) throw new SitewrightError("UNAUTHENTICATED", "there is no ticket");
    if (request.url !== PEER_STREAM_PATH || request.headers.upgrade !== CONTENT_PROTOCOL)
      throw new SitewrightError("NOT_FOUND", "the path is unknown");
    if (open.size >= MOST_STREAMS || countOf(open, ticket.system) >= MOST_OF_ONE)
      throw new SitewrightError("TOO_MANY_REQUESTS", "too many streams are open");
    open.set(socket, ticket.system);
    socket.once("close", () => open.delete(socket));
    const table = tables.of(ticket.manifest);
    const held = await lookUp(table.unit, ticket.manifest);
    if (!held) throw new SitewrightError("CONTENT_UNAVAILABLE", "this neighbour does not have the content");
    socket.setNoDelay(true).setTimeout(SILENCE_MS);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${CONTENT_PROTOCOL}\r\n\r\n`);
    await serveStream(socket, head, { neighbour: ticket.system, manifest: ticket.manifest, table, held, lookUp, buffers }, times);
  }

  return {
    listen(host, port) {
      return new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
      });
    },
    shutOut(system) {
      for (const [socket, of] of known) if (of === system) socket.destroy();
    },
    close() {
      server.close();
      server.closeAllConnections();
      for (const socket of [...unknown.values(), ...known.keys()]) socket.destroy();
    },
  };
}

function countOf(sockets: ReadonlyMap<Socket, string>, system: string): number {
  return [...sockets.values()].filter((of) => of === system).length;
}

function placeOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function refuse(socket: Socket, { code, message }: SitewrightError): void {
  const status = code === "TOO_MANY_REQUESTS" ? 429 : code === "NOT_FOUND" ? 404 : code === "UNAUTHENTICATED" ? 401 : 503;
  const body = JSON.stringify({ error: { code, message } });
  endWith(
    socket,
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
