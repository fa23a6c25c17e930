import type { FastifyInstance } from "fastify";
import { RUN_KINDS, ROLES, type RunKind } from "@sitewright/protocol";
import type { Operations } from "../../app/runs/operations.ts";
import type { RunOptions } from "../../domain/runs/run.ts";
import { principalOf } from "../rights.ts";

const NAMES = { type: "array", maxItems: 10_000, items: { type: "string", maxLength: 255 } };

const START_BODY = {
  type: "object",
  additionalProperties: false,
  required: ["kind"],
  properties: {
    kind: { enum: Object.keys(RUN_KINDS) },
    options: {
      type: "object",
      additionalProperties: false,
      properties: {
        sites: NAMES,
        systems: NAMES,
        roles: { type: "array", maxItems: ROLES.length, items: { enum: ROLES } },
        packages: NAMES,
        all: { type: "boolean" },
        full: { type: "boolean" },
        rehash: { type: "boolean" },
        acceptOlder: { type: "boolean" },
        maxUnavailable: { type: "integer", minimum: 1 },
        graceMs: { type: "integer", minimum: 0, maximum: 2 ** 32 - 1 },
      },
    },
  },
};

const LIMIT_QUERY = { type: "object", properties: { limit: { type: "string", pattern: "^[1-9][0-9]{0,3}$" } } };
const DEFAULT_LIMIT = "50";

/** Runs and the state of the hierarchy, for operators. */
export function runRoutes(app: FastifyInstance, operations: Operations): void {
  const config = { right: "operator" } as const;
  app.get("/api/v1/overview", { config }, () => operations.overview());
  app.get("/api/v1/packages", { config }, () => operations.packages());

  app.post<{ Body: { kind: RunKind; options?: Partial<RunOptions> } }>(
    "/api/v1/runs",
    { config, schema: { body: START_BODY } },
    async (request, reply) => {
      const { kind, options = {} } = request.body;
      return reply.code(202).send(await operations.start(principalOf(request), kind, options));
    },
  );
  app.get<{ Querystring: { limit?: string } }>("/api/v1/runs", { config, schema: { querystring: LIMIT_QUERY } }, ({ query }) =>
    operations.runs(Number(query.limit ?? DEFAULT_LIMIT)),
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
