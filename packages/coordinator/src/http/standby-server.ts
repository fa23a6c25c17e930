import fastify from "fastify";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { SitewrightError } from "@sitewright/protocol";
import { BACKUP_LINE } from "@sitewright/protocol/site-backup";
import type { Admission } from "../adapters/admission.ts";
import type { KeyAndCertificate } from "../adapters/certificates.ts";
import type { Refusals } from "../app/agents/refusals.ts";
import { contentEndpoint, type ContentEndpointDeps } from "./content-endpoint.ts";
import { createEndpointServer, CONNECTION_TIMEOUTS } from "./endpoint-server.ts";
import { answerBadUrl, errorBody, statusOf } from "./errors.ts";
import { CLIENT_HEADER, stateClient } from "./forwarded-client.ts";
import { createHostGuard } from "./host-guard.ts";
import { listen } from "./server.ts";
import { upgradeHandler } from "./upgrade.ts";

export interface StandbyServerDeps {
  tls: KeyAndCertificate;
  /** Also answer plain HTTP, on loopback only. */
  plain: boolean;
  hosts: () => readonly string[];
  /** PEM of the CA of all coordinators of the hierarchy. */
  ca: string;
  admission: Pick<Admission, "watch" | "proved">;
  refusals: Pick<Refusals, "note">;
  /** With grants of the one that leads. */
  content: ContentEndpointDeps;
  /** URL of the coordinator that leads; undefined: none is known. */
  leader: () => URL | undefined;
  /** With which the one that leads is told who asks (`forwarded-client.ts`). */
  clientSecret: Uint8Array;
}

/** What a coordinator that stands by answers. */
export interface StandbyServer {
  /** Resolves with its URL. Throws as `listen` of `server.ts`. */
  listen(address: { host: string; port: number }): Promise<string>;
  /** Uses another certificate from now on; no connection ends. */
  useCertificate(tls: KeyAndCertificate): void;
  close(): Promise<void>;
}

/** Headers of one connection, which are not passed on. */
const OF_A_CONNECTION = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"]);
/** ms until the leader must have begun its answer. */
const SILENCE = 120_000;

/**
 * Passes every request on to the coordinator that leads, which checks its rights: whoever asks need not know which one that is. Agents are
 * refused, and try the next address that they know; but content streams are served from the site data that this one reads, as the one that
 * leads grants.
 */
export function createStandbyServer(deps: StandbyServerDeps): StandbyServer {
  const { tls, plain, hosts, ca, admission, refusals, content, leader, clientSecret } = deps;
  const server = createEndpointServer({ tls, plain, timeouts: CONNECTION_TIMEOUTS, admission });
  const guardHost = createHostGuard(hosts);
  const agent = new Agent({ ca, keepAlive: true, minVersion: "TLSv1.3" });
  const app = fastify({ logger: false, forceCloseConnections: true, serverFactory: server.factory, frameworkErrors: answerBadUrl });
  // Bodies are passed on as they arrive.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_, __, done) => done(null));
  app.setErrorHandler((error, _, reply) => {
    const known = SitewrightError.from(error);
    return reply.code(statusOf(known.code)).type("application/json").send(errorBody(known));
  });
  app.addHook("onRequest", (request, _, done) => {
    guardHost(request.raw);
    done();
  });
  app.get("/healthz", () => ({ ok: true }));
  app.all("/*", (request, reply) => {
    const to = leader();
    if (!to) throw standingBy("no coordinator leads at this moment");
    reply.hijack();
    forward(request.raw, reply.raw, { to, agent, client: stateClient(request.ip, clientSecret) });
  });
  app.server.on("upgrade", upgradeHandler(guardHost, [contentEndpoint(content, admission), ...FOR_THE_LEADER.map(refusal)], refusals));
  return {
    listen: (address) => listen(app, address, plain),
    useCertificate: server.useCertificate,
    async close() {
      agent.destroy();
      server.close();
      await app.close();
    },
  };
}

/** Connections of agents. */
const FOR_THE_LEADER = ["/agent/v1", BACKUP_LINE.open, BACKUP_LINE.answer];

function refusal(path: string): { path: string; right: "hello"; accept(): never } {
  return {
    path,
    right: "hello",
    accept() {
      throw standingBy("agents connect to the coordinator that leads");
    },
  };
}

function standingBy(why: string): SitewrightError {
  return new SitewrightError("STANDING_BY", `this coordinator stands by, and ${why}`);
}

interface Forwarding {
  to: URL;
  agent: Agent;
  /** Who asks. */
  client: string;
}

function forward(request: IncomingMessage, response: ServerResponse, { to, agent, client }: Forwarding): void {
  const passed = httpsRequest(to.origin, {
    agent,
    method: request.method,
    path: request.url,
    headers: { ...headersFor(request, to), [CLIENT_HEADER]: client },
    ...(isIP(to.hostname.replace(/^\[|\]$/g, "")) ? { servername: "" } : {}),
  });
  const silent = setTimeout(() => passed.destroy(new Error("no answer")), SILENCE);
  passed.once("response", (answer) => {
    clearTimeout(silent);
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, withoutConnection(answer.headers));
    // The head of a stream of events comes long before its first event.
    response.flushHeaders();
    answer.pipe(response);
    answer.once("error", () => response.destroy());
  });
  passed.once("error", ({ message }) => {
    clearTimeout(silent);
    if (response.headersSent) return void response.destroy();
    const error = standingBy(`the one that leads, ${to.host}, does not answer (${message})`);
    response.writeHead(statusOf(error.code), { "content-type": "application/json", "retry-after": "1" });
    response.end(JSON.stringify(errorBody(error)));
  });
  response.once("close", () => passed.destroy());
  request.pipe(passed);
}

/** The guard has compared host and origin with the names of this coordinator; the one that leads compares them with its own. */
function headersFor({ headers }: IncomingMessage, to: URL): OutgoingHttpHeaders {
  const { origin, ...others } = withoutConnection(headers);
  return { ...others, host: to.host, ...(origin === undefined ? {} : { origin: to.origin }) };
}

function withoutConnection(headers: IncomingMessage["headers"]): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_A_CONNECTION.has(name)));
}
