import type { FastifyInstance } from "fastify";
import { OVERVIEW_ROUTES, RUN_PAGE_ROUTES } from "@sitewright/protocol/api";
import type { Operations } from "../../app/runs/operations.ts";
import { byContract } from "../contract.ts";

interface Asked {
  limit?: string;
  after?: string;
}

/** For operators: runs in numbers, their units, systems and lines, and the hierarchy, page by page. */
export function pageRoutes(app: FastifyInstance, { pages, systems }: Pick<Operations, "pages" | "systems">): void {
  const routes = byContract(app);
  const config = { right: "operator" } as const;
  routes.get("/api/v1/overview/sites", { config, schema: OVERVIEW_ROUTES.sites }, ({ query }) => systems.sites(pageAsked(query)));
  routes.get("/api/v1/overview/systems/:system", { config, schema: OVERVIEW_ROUTES.system }, ({ params }) => systems.system(params.system));
  routes.get("/api/v1/runs/recent", { config, schema: RUN_PAGE_ROUTES.recent }, () => pages.recent());
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
