import type { FastifyInstance } from "fastify";
import { RUN_PAGE_ROUTES } from "@sitewright/protocol/api";
import type { Operations } from "../../app/runs/operations.ts";
import { byContract } from "../contract.ts";

interface Asked {
  limit?: string;
  after?: string;
}

/** For operators: a run in numbers, and its units, systems and lines page by page. */
export function runPageRoutes(app: FastifyInstance, { pages }: Pick<Operations, "pages">): void {
  const routes = byContract(app);
  const config = { right: "operator" } as const;
  routes.get("/api/v1/runs/:id/summary", { config, schema: RUN_PAGE_ROUTES.summary }, ({ params }) => pages.summary(params.id));
  routes.get("/api/v1/runs/:id/units", { config, schema: RUN_PAGE_ROUTES.units }, ({ params, query }) =>
    pages.units(params.id, pageAsked(query)),
  );
  routes.get("/api/v1/runs/:id/systems", { config, schema: RUN_PAGE_ROUTES.systems }, ({ params, query }) =>
    pages.systems(params.id, pageAsked(query)),
  );
  routes.get("/api/v1/runs/:id/lines", { config, schema: RUN_PAGE_ROUTES.lines }, ({ params, query }) =>
    pages.lines(params.id, pageAsked(query)),
  );
}

/** The query of a page with its numbers. */
function pageAsked<Query extends Asked>({ limit, after, ...filter }: Query): Omit<Query, keyof Asked> & { limit?: number; after?: number } {
  return { ...filter, ...(limit === undefined ? {} : { limit: Number(limit) }), ...(after === undefined ? {} : { after: Number(after) }) };
}
