import type { FastifyInstance } from "fastify";
import { SOURCE_ROUTES, type AcceptSources } from "@sitewright/protocol/api";
import type { SourceControl } from "../../app/sites/source-control.ts";
import { principalOf } from "../rights.ts";

/** What is missing in the site data, and that it is right so, for operators. */
export function sourceRoutes(app: FastifyInstance, sources: SourceControl): void {
  const config = { right: "operator" } as const;
  app.get("/api/v1/sources/missing", { config }, () => sources.missing());
  app.post<{ Body: AcceptSources }>("/api/v1/sources/accept", { config, schema: { body: SOURCE_ROUTES.accept.body } }, (request) =>
    sources.accept(principalOf(request), request.body.places ?? "all"),
  );
}
