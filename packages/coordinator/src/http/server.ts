import { constants } from "node:zlib";
import compress, { type FastifyCompressOptions } from "@fastify/compress";
import cookie from "@fastify/cookie";
import helmet, { type FastifyHelmetOptions } from "@fastify/helmet";
import fastify, { type FastifyInstance } from "fastify";
import { SitewrightError } from "@sitewright/protocol";
import type { KeyAndCertificate } from "../adapters/certificates.ts";
import { createAdmission } from "../adapters/admission.ts";
import { createGateway } from "../adapters/agent-gateway/gateway.ts";
import { createReservations } from "../adapters/agent-gateway/reservations.ts";
import { createPacer } from "../adapters/content/pacer.ts";
import { createNeighbours } from "../adapters/neighbours/neighbours.ts";
import type { Metrics } from "../adapters/metrics.ts";
import type { Pki } from "../adapters/pki.ts";
import type { AddressControl } from "../app/addresses/address-control.ts";
import type { SourceControl } from "../app/sites/source-control.ts";
import type { Agents } from "../app/agents/agents.ts";
import type { LineSpeeds } from "../app/addresses/line-speeds.ts";
import type { LiveView } from "../app/runs/live-view.ts";
import type { Log } from "../app/log.ts";
import type { LogBook } from "../app/agents/log-book.ts";
import type { Operations } from "../app/runs/operations.ts";
import type { AgentEvents, AgentLinks, AgentRegistry, Clock, ContentIndex, ContentRights } from "../app/ports.ts";
import { createRefusals } from "../app/agents/refusals.ts";
import type { Hierarchy } from "../domain/sites/hierarchy.ts";
import { isLoopback } from "../domain/sites/loopback.ts";
import { contentDoor } from "./content-door.ts";
import { createDoorServer, PATIENCE, type DoorServer, type Patience } from "./door-server.ts";
import { answerBadUrl, answerErrors } from "./errors.ts";
import { createHostGuard } from "./host-guard.ts";
import { enforceRights } from "./rights.ts";
import { agentRoutes } from "./routes/agents.ts";
import { addressRoutes } from "./routes/addresses.ts";
import { contentRoutes } from "./routes/content.ts";
import { eventRoutes } from "./routes/events.ts";
import { joinTokenRoutes } from "./routes/join-tokens.ts";
import { joinRoutes } from "./routes/join.ts";
import { logRoutes } from "./routes/logs.ts";
import { metricsRoutes } from "./routes/metrics.ts";
import { publicRoutes, type PublicDeps } from "./routes/public.ts";
import { runRoutes } from "./routes/runs.ts";
import { sourceRoutes } from "./routes/sources.ts";
import { sessionRoutes } from "./routes/session.ts";
import { UI_FOLDER, uiRoutes } from "./routes/ui.ts";
import { createSessions } from "./sessions.ts";
import { createSignInCodes } from "./sign-in-codes.ts";
import { agentDoor, upgradeHandler, type UpgradeDoor } from "./upgrade.ts";
import { describeFaults } from "./validation.ts";

export interface DoorsDeps {
  operations: Operations;
  addresses: AddressControl;
  sources: SourceControl;
  agents: Agents;
  liveView: LiveView;
  logBook: Pick<LogBook, "read">;
  registry: AgentRegistry;
  events: AgentEvents;
  rights: ContentRights;
  index: ContentIndex;
  lines: Pick<LineSpeeds, "watch" | "carried">;
  metrics: Pick<Metrics, "contentType" | "text" | "lineUsed" | "refused">;
  hierarchy: () => Hierarchy | undefined;
  pki: Pick<Pki, "caPem">;
  notReady: PublicDeps["notReady"];
  operatorToken: string;
  coordinatorId: string;
  log: Log;
  clock: Clock;
}

export interface DoorsOptions {
  tls: KeyAndCertificate;
  /** Also answer plain HTTP at the same port, for browsers and scripts; on loopback only. */
  plain: boolean;
  /** Names under which requests may ask for us, beside those of loopback. */
  hosts: readonly string[];
  /** Of the built user interface; its place in this package unless told. */
  ui?: string;
  patience?: Patience;
}

export interface Doors {
  app: FastifyInstance;
  links: AgentLinks;
  /** What connections can be upgraded to, and who may. */
  upgrades: readonly Pick<UpgradeDoor, "path" | "right">[];
  /** Starts; resolves with the URL, which says https where nothing else is spoken. Throws `BAD_REQUEST` for plain HTTP beyond loopback. */
  listen(address: { host: string; port: number }): Promise<string>;
  /** Shows another certificate from now on; no connection ends. */
  useCertificate(tls: KeyAndCertificate): void;
  /** Ends every connection, reports the agents' ends, and stops. */
  close(): Promise<void>;
}

const BODY_LIMIT = 1024 * 1024;

/** A page of ours takes everything from us and sends nothing elsewhere. */
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
  // It would bind every other service of this host too.
  strictTransportSecurity: false,
};

/** Texts are packed, content never: it is packed by chunk already. */
const COMPRESSION: FastifyCompressOptions = {
  encodings: ["gzip"],
  customTypes: /^(text\/|application\/(json|javascript)|image\/svg\+xml)/,
  // A live view has to say at once what it says.
  zlibOptions: { flush: constants.Z_SYNC_FLUSH },
};

/** Builds everything that listens; nothing does before `listen`. */
export function buildDoors(deps: DoorsDeps, { tls, plain, hosts, ui = UI_FOLDER, patience = PATIENCE }: DoorsOptions): Doors {
  const { hierarchy, clock, log } = deps;
  const onUsed = (address: string, bytes: number): void => deps.metrics.lineUsed(address, bytes);
  const pacer = createPacer({ hierarchy, clock, onUsed, carried: deps.lines.carried });
  const neighbours = createNeighbours(deps);
  const unsubscribe = deps.liveView.subscribe(({ type }) => {
    if (type !== "address") return;
    pacer.refresh();
    neighbours.refresh();
  });
  const refusals = createRefusals({ hierarchy, log, count: (code) => deps.metrics.refused(code) });
  const admission = createAdmission((address) =>
    refusals.note({
      code: "TOO_MANY_REQUESTS",
      address,
      message: "connection refused: as many are open as open files allow; raise that limit (ulimit -n, LimitNOFILE) and start again",
    }),
  );
  const reservations = createReservations(deps.operatorToken, clock);
  const gateway = createGateway({ ...deps, pacer, neighbours, admission, reservations, refusals });
  const guardHost = createHostGuard(hosts);
  const sessions = createSessions(deps.operatorToken, clock, plain);
  const server = createDoorServer({ tls, plain, patience, admission });
  const app = createApp(server);
  answerErrors(app, log, refusals);
  enforceRights(app, { guardHost, operatorToken: deps.operatorToken, sessions, gateway, admission });
  const upgrades = [agentDoor(gateway, reservations, admission), contentDoor({ ...deps, pacer, neighbours }, gateway, admission)];
  app.server.on("upgrade", upgradeHandler(guardHost, upgrades, refusals));
  void app.register(helmet, SECURITY_HEADERS);
  void app.register(cookie);
  void app.register(compress, COMPRESSION);
  void app.register(async (routes) => {
    publicRoutes(routes, { caPem: deps.pki.caPem, notReady: deps.notReady });
    uiRoutes(routes, ui);
    sessionRoutes(routes, { ...deps, sessions, codes: createSignInCodes(clock) });
    joinRoutes(routes, { ...deps, links: gateway.links });
    runRoutes(routes, deps.operations);
    addressRoutes(routes, deps.addresses);
    sourceRoutes(routes, deps.sources);
    agentRoutes(routes, deps.agents);
    joinTokenRoutes(routes, deps.operations);
    eventRoutes(routes, deps.operations, deps.liveView);
    logRoutes(routes, deps.logBook);
    metricsRoutes(routes, deps.metrics);
    contentRoutes(routes, { ...deps, pacer, neighbours });
  });

  return {
    app,
    links: gateway.links,
    upgrades,
    async listen({ host, port }) {
      if (plain && !isLoopback(host)) throw new SitewrightError("BAD_REQUEST", `plain HTTP is for loopback only, and not for ${host}`);
      await app.listen({ host, port }).catch((cause: NodeJS.ErrnoException) => {
        throw cause.code === undefined ? cause : new SitewrightError("CONFLICT", cannotListen(cause, host, port), { cause });
      });
      const bound = app.server.address();
      const shown = host === "0.0.0.0" || host === "::" ? "localhost" : host.includes(":") ? `[${host}]` : host;
      return `${plain ? "http" : "https"}://${shown}:${typeof bound === "object" && bound ? bound.port : port}`;
    },
    useCertificate: (next) => server.useCertificate(next),
    async close() {
      unsubscribe();
      await gateway.close();
      server.close();
      await app.close();
      refusals.stop();
    },
  };
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

function createApp(server: DoorServer): FastifyInstance {
  return fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    exposeHeadRoutes: false,
    // Streams to slow or silent peers would hold up the end.
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true } },
    schemaErrorFormatter: describeFaults,
    frameworkErrors: answerBadUrl,
    serverFactory: server.factory,
  });
}
