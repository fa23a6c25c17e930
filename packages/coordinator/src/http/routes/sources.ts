import type { FastifyInstance } from "fastify";
import { SOURCE_ROUTES } from "@sitewright/protocol/api";
import type { SourceControl } from "../../app/sites/source-control.ts";
import { byContract } from "../contract.ts";
import { principalOf } from "../rights.ts";

/** For operators: what is missing in the site data, and accepting that. */
export function sourceRoutes(app: FastifyInstance, sources: SourceControl): void {
  const routes = byContract(app);
  const config = { right: "operator" } as const;
  routes.get("/api/v1/sources/missing", { config, schema: SOURCE_ROUTES.missing }, () => sources.missing());
  routes.post("/api/v1/sources/accept", { config, schema: SOURCE_ROUTES.accept }, (request) =>
    sources.accept(principalOf(request), request.body.places ?? "all"),
  );
}
