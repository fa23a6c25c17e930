import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { SitewrightError } from "@sitewright/protocol";
import { SESSION_ROUTES } from "@sitewright/protocol/api";
import type { Log } from "../../app/log.ts";
import { byContract } from "../contract.ts";
import { createGuessLimit } from "../guess-limit.ts";
import { secretMatches, sha256 } from "../secrets.ts";
import { SESSION_LIFE_MS, type Sessions } from "../sessions.ts";
import type { SignInCodes } from "../sign-in-codes.ts";

export interface SessionDeps {
  sessions: Sessions;
  codes: SignInCodes;
  operatorToken: string;
  log: Log;
}

export const SESSION_COOKIE = "sitewright_session";

/** Wrong secrets per minute from one address that are refused without delay. */
const MOST_WRONG = 30;
/** Bytes. */
const BODY_LIMIT = 4096;

/** What a page keeps in memory to continue after a restart of the coordinator, and the challenge that it then answers. */
const [RESUME_HEADER, CHALLENGE_HEADER] = ["x-sitewright-resume", "x-sitewright-challenge"];

/**
 * How a browser signs in: with the operator token or the code of a link, for a cookie that scripts cannot read; after a restart with the
 * proof that its page kept.
 */
export function sessionRoutes(app: FastifyInstance, { sessions, codes, operatorToken, log }: SessionDeps): void {
  const operatorHash = sha256(operatorToken);
  const operator = { right: "operator" } as const;
  const guesses = createGuessLimit(MOST_WRONG);
  const wrong = (request: FastifyRequest, message: string): Promise<SitewrightError> =>
    guesses.wrong(request.ip, new SitewrightError("UNAUTHENTICATED", message));

  const routes = byContract(app);
  routes.post(
    "/api/v1/session",
    { config: { right: "public" }, bodyLimit: BODY_LIMIT, schema: SESSION_ROUTES.open },
    async (request, reply) => {
      const { token, code, resume } = request.body;
      if (token !== undefined && !secretMatches(token, operatorHash))
        throw await wrong(request, "this is not the operator token: it lies in the coordinator's data folder");
      if (code !== undefined && !codes.use(code))
        throw await wrong(request, "this link was used before or is older than 10 minutes: make another with 'sitewright link'");
      if (resume !== undefined && !sessions.resumption?.check(resume))
        throw await wrong(request, "this page cannot continue as it was signed in: sign in again");
      const [by] = Object.keys(request.body);
      log.info({ address: request.ip, by: by === "code" ? "link" : by }, "an operator signed in");
      giveSession(request, reply, sessions.open());
      giveResumption(reply, sessions);
      return reply.code(204).send();
    },
  );
  routes.get("/api/v1/session", { config: operator, schema: SESSION_ROUTES.show }, (_, reply) => {
    giveResumption(reply, sessions);
    return { signedIn: true as const };
  });
  routes.delete("/api/v1/session", { config: operator, schema: SESSION_ROUTES.close }, async (request, reply) => {
    reply.clearCookie(SESSION_COOKIE, cookieOptions(request));
    return reply.code(204).send();
  });

  routes.post("/api/v1/sign-in-codes", { config: operator, schema: SESSION_ROUTES.makeLink }, (request) => {
    const { code, expiresAt } = codes.make();
    // The Host header was checked before: it is one of the coordinator's names.
    return { code, url: `${request.protocol}://${request.headers.host}/#/sign-in/${code}`, expiresAt };
  });
}

function giveResumption(reply: FastifyReply, { resumption }: Sessions): void {
  if (resumption) void reply.header(RESUME_HEADER, resumption.give());
}

/** Sent with a refusal: a page that was signed in before a restart answers it. */
export function challengePage(reply: FastifyReply, { resumption }: Sessions): void {
  if (resumption) void reply.header(CHALLENGE_HEADER, resumption.challenge);
}

/** Sets or renews the cookie. */
export function giveSession(request: FastifyRequest, reply: FastifyReply, value: string): void {
  reply.setCookie(SESSION_COOKIE, value, { ...cookieOptions(request), maxAge: SESSION_LIFE_MS / 1000 });
}

function cookieOptions(request: FastifyRequest) {
  return { path: "/", httpOnly: true, sameSite: "strict", secure: request.protocol === "https" } as const;
}
