import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { SitewrightError, type ErrorCode } from "@sitewright/protocol";
import type { ErrorBody } from "@sitewright/protocol/api";
import type { Log } from "../app/log.ts";
import type { Refusals } from "../app/agents/refusals.ts";

/** Codes that a caller of the API may cause; all others are internal errors, 500. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  JOIN_TOKEN_INVALID: 401,
  JOIN_TOKEN_USED: 401,
  JOIN_TOKEN_EXPIRED: 401,
  NOT_FOUND: 404,
  SYSTEM_UNKNOWN: 404,
  CONFLICT: 409,
  SOURCE_CHANGED: 409,
  SITE_QUARANTINED: 409,
  OBJECTS_UNDECIDED: 409,
  CONFIRMATION_NEEDED: 409,
  STALE_GENERATION: 409,
  SITE_DATA_INVALID: 422,
  ANSWERS_INVALID: 422,
  ANSWERS_CONTRADICT: 422,
  NOTHING_SELECTED: 422,
  RUN_TOO_LARGE: 422,
  MEDIUM_INVALID: 422,
  MEDIUM_UNTRUSTED: 422,
  MEDIUM_OTHER_HIERARCHY: 422,
  TOO_MANY_REQUESTS: 429,
  REDIS_UNREACHABLE: 503,
  STANDING_BY: 503,
  NOT_LEADING: 503,
  CONTENT_UNAVAILABLE: 503,
  AGENT_UNREACHABLE: 503,
};

export function statusOf(code: ErrorCode): number {
  return STATUS[code] ?? 500;
}

export function errorBody({ code, message, path }: SitewrightError): ErrorBody {
  return { error: { code, message, ...(path === undefined ? {} : { path }) } };
}

/** Every error of the API has one shape; refusals and internal errors are logged. */
export function answerErrors(app: FastifyInstance, log: Log, refusals: Pick<Refusals, "note">): void {
  app.setNotFoundHandler((request) => {
    throw new SitewrightError("NOT_FOUND", `there is no ${request.method} ${shortPath(request.url)}`);
  });
  app.setErrorHandler((error: FastifyError | SitewrightError, request: FastifyRequest, reply: FastifyReply) => {
    const { status, known } = understand(error);
    const { code, message } = known;
    const [address, facts] = [request.ip, { method: request.method, path: shortPath(request.url) }];
    const { right } = request.routeOptions.config;
    const who = request.agent ? { name: request.agent.system } : {};
    if (status === 401 || status === 403 || status === 429)
      refusals.note({ code, address, ...who, facts, message: `request refused: ${message}` });
    else if (status >= 500 && (right === "public" || right === "join-token" || (right === "installer" && !request.agent)))
      refusals.note({
        code,
        address,
        facts: { ...facts, err: error },
        message: `a request of an unauthenticated client failed: ${message}`,
      });
    // An agent that is away is a state of its system, which the pages show, and no failure of the coordinator.
    else if (status >= 500 && code !== "AGENT_UNREACHABLE")
      log.error({ ...facts, code, address, ...(request.agent ? { system: request.agent.system } : {}), err: error }, message);
    if (status === 401) void reply.header("www-authenticate", "Bearer");
    return reply.code(status).type("application/json").send(errorBody(known));
  });
}

/** Errors before routing, such as an invalid escape in the path: in the same shape. */
export function answerBadUrl(error: FastifyError, _: FastifyRequest, reply: FastifyReply): void {
  const message = `the path is not understood (${error.code}): write each part of it in UTF-8, percent-encoded`;
  void reply
    .code(400)
    .type("application/json")
    .send(errorBody(new SitewrightError("BAD_REQUEST", message)));
}

function understand(error: FastifyError | SitewrightError): { status: number; known: SitewrightError } {
  if (error instanceof SitewrightError) return { status: statusOf(error.code), known: error };
  if (error.validation) return { status: 400, known: new SitewrightError("BAD_REQUEST", error.message, { cause: error }) };
  // Refused by fastify itself: too large, not JSON, an unsupported media type.
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return { status: error.statusCode, known: new SitewrightError("BAD_REQUEST", error.message, { cause: error }) };
  }
  return {
    status: 500,
    known: new SitewrightError("INTERNAL", "the coordinator failed on this request: its log says why", { cause: error }),
  };
}

/** Limit for a path in messages and logs, because any client can make it long. */
const PATH = 200;

/** A request as it is logged: without the query, which may hold private data. */
export function shortPath(url = ""): string {
  return (url.split("?", 1)[0] ?? "").slice(0, PATH);
}
