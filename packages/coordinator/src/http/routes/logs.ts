import type { FastifyInstance } from "fastify";
import { LIMITS } from "@sitewright/protocol";
import { LOG_ROUTES } from "@sitewright/protocol/api";
import type { LogBook } from "../../app/agents/log-book.ts";
import { byContract } from "../contract.ts";

const DEFAULT_LIMIT = "200";

/** What the coordinator and agents logged about one order, or one system. */
export function logRoutes(app: FastifyInstance, logBook: Pick<LogBook, "read">): void {
  byContract(app).get(
    "/api/v1/logs",
    { config: { right: "operator" }, schema: LOG_ROUTES.read },
    ({ query: { limit = DEFAULT_LIMIT, ...about } }) => logBook.read(about, Math.min(Number(limit), LIMITS.logLines)),
  );
}
