import { constants } from "node:zlib";
import compress, { type FastifyCompressOptions } from "@fastify/compress";
import cookie from "@fastify/cookie";
import helmet, { type FastifyHelmetOptions } from "@fastify/helmet";
import fastify, { type FastifyInstance } from "fastify";
import { SitewrightError, isLoopback } from "@sitewright/protocol";
import type { EndpointServer } from "./endpoint-server.ts";
import { answerBadUrl } from "./errors.ts";
import { compileWhenUsed, describeFaults } from "./validation.ts";

const BODY_LIMIT = 1024 * 1024;

/** A page loads everything from the coordinator and sends nothing to other hosts. */
const SECURITY_HEADERS: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      "default-src": ["'none'"],
      "script-src": ["'self'"],
      "style-src": ["'self'"],
      "img-src": ["'self'"],
      "font-src": ["'self'"],
      "connect-src": ["'self'"],
      "base-uri": ["'none'"],
      "form-action": ["'none'"],
      "frame-ancestors": ["'none'"],
    },
  },
  // HSTS would apply to every other service of this host too.
  strictTransportSecurity: false,
};

/** Texts are compressed, content never: its chunks are compressed already. */
const COMPRESSION: FastifyCompressOptions = {
  encodings: ["gzip"],
  customTypes: /^(text\/|application\/(json|javascript)|image\/svg\+xml)/,
  // A live view must flush every event immediately.
  zlibOptions: { flush: constants.Z_SYNC_FLUSH },
};

/** An application without routes, on the server that it is given. */
export function createApp(server: EndpointServer): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    exposeHeadRoutes: false,
    // Streams to slow or silent peers would delay the shutdown.
    forceCloseConnections: true,
    schemaErrorFormatter: describeFaults,
    frameworkErrors: answerBadUrl,
    serverFactory: server.factory,
  });
  app.setValidatorCompiler(compileWhenUsed);
  // Types and tests check the shape of answers (docs/decisions/32-answers-by-contract.md), not the serializer.
  app.setSerializerCompiler(() => JSON.stringify);
  void app.register(helmet, SECURITY_HEADERS);
  void app.register(cookie);
  void app.register(compress, COMPRESSION);
  return app;
}

/** Starts; resolves with the URL, which is https where plain HTTP is off. Throws `BAD_REQUEST` for plain HTTP beyond loopback. */
export async function listen(app: FastifyInstance, { host, port }: { host: string; port: number }, plain: boolean): Promise<string> {
  if (plain && !isLoopback(host)) throw new SitewrightError("BAD_REQUEST", `plain HTTP is for loopback only, and not for ${host}`);
  await app.listen({ host, port }).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === undefined ? cause : new SitewrightError("CONFLICT", cannotListen(cause, host, port), { cause });
  });
  const bound = app.server.address();
  const shown = host === "0.0.0.0" || host === "::" ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return `${plain ? "http" : "https"}://${shown}:${typeof bound === "object" && bound ? bound.port : port}`;
}

function cannotListen({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  const advice: Record<string, string> = {
    EADDRINUSE: "another program listens there: stop it, or choose another port with --listen",
    EACCES: "this user may not listen there: choose a port from 1024 on with --listen",
    EADDRNOTAVAIL: "this machine does not have that address: choose one of its own with --listen, or 0.0.0.0 for all of them",
    ENOTFOUND: "that name is not known here: write an address of this machine with --listen",
  };
  return `cannot listen on ${host}:${port}: ${advice[code ?? ""] ?? message}`;
}
