import { createServer, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Admission } from "../adapters/admission.ts";
import type { KeyAndCertificate } from "../adapters/certificates.ts";

/** One port for HTTP over TLS and, where `plain` permits it, for HTTP without. */
export interface EndpointServer {
  /** For fastify, which creates a further server where a name has several addresses. */
  factory: (answer: RequestListener) => Server;
  /** Certificate of later handshakes; open connections stay. */
  useCertificate(tls: KeyAndCertificate): void;
  /** Ends every connection, including those that the HTTP server does not know yet because no request has begun. */
  close(): void;
}

export interface EndpointServerOptions {
  tls: KeyAndCertificate;
  /** Also answer HTTP without TLS. */
  plain: boolean;
  timeouts: ConnectionTimeouts;
  admission: Pick<Admission, "watch">;
}

/** Timeouts for clients, ms; tests use shorter ones. Replies have no timeout, because a line may be slow. */
export interface ConnectionTimeouts {
  /** Until the first byte, and from there until the TLS handshake is complete. */
  handshake: number;
  /** For the head of a request, from the beginning of the connection or of the request. */
  headers: number;
  /** For a whole request. */
  request: number;
  /** Interval at which request timeouts are checked. */
  check: number;
}

export const CONNECTION_TIMEOUTS: ConnectionTimeouts = { handshake: 10_000, headers: 10_000, request: 30_000, check: 1_000 };

/** The first byte of a TLS handshake; no method of HTTP begins with it. */
const TLS_HANDSHAKE = 0x16;
/** ms that an idle connection is kept for another request. */
const KEEP_ALIVE = 30_000;
const minVersion = "TLSv1.3";
/** For which an agent that connects again may resume its session: then neither side signs or verifies, s. */
const SESSION_S = 24 * 3600;

export function createEndpointServer({ tls, plain, timeouts, admission }: EndpointServerOptions): EndpointServer {
  const sockets = new Set<Socket>();
  let closing = false;
  const secured = createTlsServer({
    ...tls,
    minVersion,
    ALPNProtocols: ["http/1.1"],
    handshakeTimeout: timeouts.handshake,
    sessionTimeout: SESSION_S,
  });
  secured.on("tlsClientError", (_, socket) => socket.destroy());

  const options = {
    headersTimeout: timeouts.headers,
    requestTimeout: timeouts.request,
    connectionsCheckingInterval: timeouts.check,
    keepAliveTimeout: KEEP_ALIVE,
  };

  return {
    factory(answer) {
      const server = createServer(options, answer);
      const [speakHttp] = server.listeners("connection") as [(this: Server, socket: Socket) => void];
      const serve = (socket: Socket): void => speakHttp.call(server, socket);
      if (secured.listenerCount("secureConnection") === 0) secured.on("secureConnection", serve);
      server.removeAllListeners("connection");
      admission.watch(server);
      server.on("connection", (socket: Socket) => {
        if (closing) return void socket.destroy();
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
        if (plain) sniff(socket, timeouts.handshake, (isTls) => (isTls ? secured.emit("connection", socket) : serve(socket)));
        else secured.emit("connection", socket);
      });
      return server;
    },
    useCertificate: (next) => secured.setSecureContext({ ...next, minVersion, sessionTimeout: SESSION_S }),
    close() {
      closing = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Peeks at the first byte; a connection that sends none is ended. */
function sniff(socket: Socket, timeoutMs: number, found: (isTls: boolean) => void): void {
  const giveUp = (): void => void socket.destroy();
  const timer = setTimeout(giveUp, timeoutMs);
  const look = (): void => {
    const bytes = socket.read() as Buffer | null;
    if (bytes === null) return;
    settle();
    socket.unshift(bytes);
    found(bytes[0] === TLS_HANDSHAKE);
  };
  const settle = (): void => {
    clearTimeout(timer);
    socket.off("readable", look).off("error", giveUp).off("close", settle).off("end", giveUp);
  };
  socket.on("readable", look).on("error", giveUp).on("close", settle).on("end", giveUp);
}
