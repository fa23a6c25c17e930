import type { FastifyInstance } from "fastify";
import { FORECAST_ROUTES, OVERVIEW_ROUTES, RUN_ROUTES } from "@sitewright/protocol/api";
import type { Operations } from "../../app/runs/operations.ts";
import { byContract } from "../contract.ts";
import { principalOf } from "../rights.ts";
import { runView } from "./phase-view.ts";
import { pageRoutes } from "./pages.ts";

const DEFAULT_LIMIT = "50";

function namesIn(text = ""): string[] {
  return text.split(",").filter((name) => name !== "");
}

/** For operators: runs and the state of the hierarchy. */
export function runRoutes(app: FastifyInstance, operations: Operations): void {
  const routes = byContract(app);
  const config = { right: "operator" } as const;
  routes.get("/api/v1/overview", { config, schema: OVERVIEW_ROUTES.show }, () => operations.overview());
  routes.get("/api/v1/packages", { config, schema: OVERVIEW_ROUTES.packages }, ({ query }) =>
    operations.packages({ sites: namesIn(query.sites), systems: namesIn(query.systems) }),
  );

  routes.post("/api/v1/runs", { config, schema: RUN_ROUTES.start }, async (request, reply) => {
    const { kind, options = {} } = request.body;
    return reply.code(202).send(await operations.start(principalOf(request), kind, options));
  });
  routes.get("/api/v1/runs", { config, schema: RUN_ROUTES.list }, ({ query }) => operations.runs(Number(query.limit ?? DEFAULT_LIMIT)));
  routes.get("/api/v1/runs/:id", { config, schema: RUN_ROUTES.show }, async ({ params }) => runView(await operations.run(params.id)));
  pageRoutes(app, operations);
  routes.get("/api/v1/runs/:id/forecast", { config, schema: FORECAST_ROUTES.ofRun }, ({ params }) => operations.forecast(params.id));

  routes.post("/api/v1/runs/:id/pause", { config, schema: RUN_ROUTES.steer }, (request) =>
    operations.pause(principalOf(request), request.params.id),
  );
  routes.post("/api/v1/runs/:id/resume", { config, schema: RUN_ROUTES.steer }, (request) =>
    operations.resume(principalOf(request), request.params.id),
  );
  routes.post("/api/v1/runs/:id/cancel", { config, schema: RUN_ROUTES.steer }, (request) =>
    operations.cancel(principalOf(request), request.params.id),
  );
  routes.post("/api/v1/runs/:id/retry", { config, schema: RUN_ROUTES.steer }, (request) =>
    operations.retry(principalOf(request), request.params.id),
  );

  routes.get("/api/v1/plan/:id", { config, schema: FORECAST_ROUTES.plan }, ({ params, query: { limit, ...page } }) =>
    operations.plan(params.id, { ...page, ...(limit === undefined ? {} : { limit: Number(limit) }) }),
  );
}
