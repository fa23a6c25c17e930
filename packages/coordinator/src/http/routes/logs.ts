import type { FastifyInstance } from "fastify";
import { LIMITS } from "@sitewright/protocol";
import { LOG_ROUTES, type LogQuery } from "@sitewright/protocol/api";
import type { LogBook } from "../../app/agents/log-book.ts";

const DEFAULT_LIMIT = "200";

/** What both sides logged about one order, or one system. */
export function logRoutes(app: FastifyInstance, logBook: Pick<LogBook, "read">): void {
  app.get<{ Querystring: LogQuery }>(
    "/api/v1/logs",
    { config: { right: "operator" }, schema: { querystring: LOG_ROUTES.read.querystring } },
    ({ query: { limit = DEFAULT_LIMIT, ...about } }) => logBook.read(about, Math.min(Number(limit), LIMITS.logLines)),
  );
}
