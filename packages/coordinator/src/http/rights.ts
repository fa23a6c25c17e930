import type { IncomingHttpHeaders } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { SitewrightError } from "@sitewright/protocol";
import type { Admission } from "../adapters/admission.ts";
import type { AgentSession } from "../adapters/agent-gateway/connection.ts";
import type { Connections } from "../adapters/agent-gateway/connections.ts";
import type { Principal } from "../domain/principal.ts";
import type { HostGuard } from "./host-guard.ts";
import { challengePage, giveSession, SESSION_COOKIE } from "./routes/session.ts";
import { secretMatches, sha256 } from "./secrets.ts";
import type { Sessions } from "./sessions.ts";

/**
 * Who may use a route: everyone, the holder of a join token, operators, operators who give up the right to change anything, an agent with an
 * open connection, or (`installer`) either such an agent or the holder of a join token.
 */
const RIGHTS = ["public", "join-token", "operator", "listener", "agent", "installer"] as const;
export type Right = (typeof RIGHTS)[number];

declare module "fastify" {
  interface FastifyContextConfig {
    right?: Right;
  }
  interface FastifyRequest {
    /** Set on routes with the right `agent`, and with the right `installer` unless a join token is shown. */
    agent: AgentSession | null;
    /** Set on routes with the right `operator` or `listener`. */
    principal: Principal | null;
  }
}

export interface RightsDeps {
  guardHost: HostGuard;
  operatorToken: string;
  sessions: Sessions;
  connections: Pick<Connections, "session">;
  admission: Pick<Admission, "proved">;
}

/** Every route states its right, or the server does not start; one hook enforces all rights. */
export function enforceRights(app: FastifyInstance, { guardHost, operatorToken, sessions, connections, admission }: RightsDeps): void {
  const operatorHash = sha256(operatorToken);
  app.decorateRequest("agent", null);
  app.decorateRequest("principal", null);
  app.addHook("onRoute", ({ method, url, config }) => {
    if (!RIGHTS.some((right) => right === config?.right))
      throw new Error(`the route ${String(method)} ${url} states no right in its config`);
  });
  app.addHook("onRequest", async (request, reply) => {
    guardHost(request.raw);
    if (request.is404) return;
    const { right } = request.routeOptions.config;
    switch (right) {
      case "public":
      // A join token comes in the body: checked by the hook below.
      case "join-token":
        return;
      case "operator":
      case "listener": {
        const hasToken = secretMatches(bearer(request.headers), operatorHash);
        if (!hasToken) proveSession(request, reply, sessions);
        const principal = { name: userOf(request), proof: hasToken ? "operator-token" : "session", address: request.ip } as const;
        request.principal = right === "listener" ? { ...principal, mayOnlyListen: true } : principal;
        return admission.proved(request.raw.socket);
      }
      case "agent": {
        request.agent = agentSession(connections, request.headers);
        return admission.proved(request.raw.socket);
      }
      case "installer": {
        request.agent = connections.session(bearer(request.headers)) ?? null;
        if (request.agent) return admission.proved(request.raw.socket);
        // Whether the token is a valid one is checked by the route.
        joinSecret(request.headers);
        return;
      }
      case undefined:
        throw new SitewrightError("FORBIDDEN", "this route states no right");
    }
  });
  app.addHook("preValidation", async (request) => {
    if (request.routeOptions.config.right !== "join-token") return;
    const token = (request.body as { token?: unknown } | null | undefined)?.token;
    if (typeof token !== "string" || token === "") throw unauthenticated("this needs a join token");
  });
}

/** Who asks, on a route with the right `operator` or `listener`. */
export function principalOf({ principal }: Pick<FastifyRequest, "principal">): Principal {
  if (!principal) throw new SitewrightError("FORBIDDEN", "this is for operators");
  return principal;
}

/** User names that the command line and scripts send with their requests. */
const USER_HEADER = "x-sitewright-user";

/** All operators share one token: of a browser only the session is known, not the person. */
function userOf({ headers }: FastifyRequest): string {
  const named = headers[USER_HEADER];
  return typeof named === "string" && /^[\w.@\\-]{1,64}$/.test(named) ? named : "operator";
}

/** The open connection whose content token a request states. Throws `UNAUTHENTICATED`. */
export function agentSession(connections: Pick<Connections, "session">, headers: IncomingHttpHeaders): AgentSession {
  return sessionOf(connections, bearer(headers));
}

/** As `agentSession`. */
export function sessionOf(connections: Pick<Connections, "session">, token: string): AgentSession {
  const session = connections.session(token);
  if (!session) throw unauthenticated("this needs the content token of a living connection");
  return session;
}

/** The secret of the join token that a request states. Throws `UNAUTHENTICATED` when there is none. */
export function joinSecret(headers: IncomingHttpHeaders): string {
  const secret = /^([^\s.]+)\.[0-9a-fA-F]{64}$/.exec(bearer(headers))?.[1];
  if (secret === undefined) throw unauthenticated("this needs a join token, or the content token of a living connection");
  return secret;
}

/** The token that a request states; empty if it states none. */
export function bearer({ authorization }: IncomingHttpHeaders): string {
  return /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
}

/** Throws `UNAUTHENTICATED`, and `FORBIDDEN` for a change that no page of the user interface can have sent. */
function proveSession(request: FastifyRequest, reply: FastifyReply, sessions: Sessions): void {
  const cookie = request.server.parseCookie(request.headers.cookie ?? "")[SESSION_COOKIE];
  const session = sessions.check(cookie);
  if (!session) {
    // A removed cookie means a sign-out: only sessions that the restart ended continue.
    if (cookie !== undefined) challengePage(reply, sessions);
    throw unauthenticated(
      "the operator token (or a session) is missing or wrong: the token is in the file operator-token of the coordinator's data folder",
    );
  }
  // Browsers send cookies automatically; an Origin, which the guard has compared, shows that a page of the user interface sent the request.
  if (request.method !== "GET" && request.headers.origin === undefined)
    throw new SitewrightError("FORBIDDEN", "a change that comes with a cookie must state its Origin");
  if (session.wantsRenewal) giveSession(request, reply, sessions.open());
}

function unauthenticated(message: string): SitewrightError {
  return new SitewrightError("UNAUTHENTICATED", message);
}
