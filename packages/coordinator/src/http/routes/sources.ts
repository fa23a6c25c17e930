import type { FastifyInstance } from "fastify";
import { LIMITS } from "@sitewright/protocol";
import type { SourceControl } from "../../app/sites/source-control.ts";
import { principalOf } from "../rights.ts";

const ACCEPT_BODY = {
  type: "object",
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  properties: {
    places: { type: "array", minItems: 1, maxItems: 10_000, items: { type: "string", minLength: 1, maxLength: LIMITS.path } },
    all: { const: true },
  },
};

/** What is missing in the site data, and that it is right so, for operators. */
export function sourceRoutes(app: FastifyInstance, sources: SourceControl): void {
  const config = { right: "operator" } as const;
  app.get("/api/v1/sources/missing", { config }, () => sources.missing());
  app.post<{ Body: { places?: string[]; all?: true } }>("/api/v1/sources/accept", { config, schema: { body: ACCEPT_BODY } }, (request) =>
    sources.accept(principalOf(request), request.body.places ?? "all"),
  );
}
