import type { FastifyInstance } from "fastify";
import { RUN_ROUTES, type StartRun } from "@sitewright/protocol/api";
import type { Operations } from "../../app/runs/operations.ts";
import { principalOf } from "../rights.ts";

const DEFAULT_LIMIT = "50";

/** Runs and the state of the hierarchy, for operators. */
export function runRoutes(app: FastifyInstance, operations: Operations): void {
  const config = { right: "operator" } as const;
  app.get("/api/v1/overview", { config }, () => operations.overview());
  app.get("/api/v1/packages", { config }, () => operations.packages());

  app.post<{ Body: StartRun }>("/api/v1/runs", { config, schema: { body: RUN_ROUTES.start.body } }, async (request, reply) => {
    const { kind, options = {} } = request.body;
    return reply.code(202).send(await operations.start(principalOf(request), kind, options));
  });
  app.get<{ Querystring: { limit?: string } }>(
    "/api/v1/runs",
    { config, schema: { querystring: RUN_ROUTES.list.querystring } },
    ({ query }) => operations.runs(Number(query.limit ?? DEFAULT_LIMIT)),
  );
  app.get<{ Params: { id: string } }>("/api/v1/runs/:id", { config }, ({ params }) => operations.run(params.id));
  app.get<{ Params: { id: string } }>("/api/v1/runs/:id/forecast", { config }, ({ params }) => operations.forecast(params.id));

  app.post<{ Params: { id: string } }>("/api/v1/runs/:id/pause", { config }, (request) =>
    operations.pause(principalOf(request), request.params.id),
  );
  app.post<{ Params: { id: string } }>("/api/v1/runs/:id/resume", { config }, (request) =>
    operations.resume(principalOf(request), request.params.id),
  );
  app.post<{ Params: { id: string } }>("/api/v1/runs/:id/cancel", { config }, (request) =>
    operations.cancel(principalOf(request), request.params.id),
  );
  app.post<{ Params: { id: string } }>("/api/v1/runs/:id/retry", { config }, (request) =>
    operations.retry(principalOf(request), request.params.id),
  );

  app.get<{ Params: { id: string } }>("/api/v1/plan/:id", { config }, ({ params }) => operations.plan(params.id));
}
