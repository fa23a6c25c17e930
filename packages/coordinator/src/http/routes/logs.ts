import type { FastifyInstance } from "fastify";
import { LIMITS } from "@sitewright/protocol";
import type { LogBook } from "../../app/agents/log-book.ts";

const NAME = { type: "string", minLength: 1, maxLength: 255 };
const QUERY = {
  type: "object",
  additionalProperties: false,
  properties: { order: NAME, system: NAME, limit: { type: "string", pattern: "^[1-9][0-9]{0,3}$" } },
};
const DEFAULT_LIMIT = "200";

/** What both sides logged about one order, or one system. */
export function logRoutes(app: FastifyInstance, logBook: Pick<LogBook, "read">): void {
  app.get<{ Querystring: { order?: string; system?: string; limit?: string } }>(
    "/api/v1/logs",
    { config: { right: "operator" }, schema: { querystring: QUERY } },
    ({ query: { limit = DEFAULT_LIMIT, ...about } }) => logBook.read(about, Math.min(Number(limit), LIMITS.logLines)),
  );
}
