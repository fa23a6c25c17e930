import type { FastifyInstance } from "fastify";
import { HIERARCHY_ROUTES } from "@sitewright/protocol/api";
import type { ParentChecks } from "../../../app/recovery/parent-checks.ts";
import { byContract } from "../../contract.ts";
import { principalOf } from "../../rights.ts";

/** Which site may follow which, for operators. */
export function hierarchyRoutes(app: FastifyInstance, parents: ParentChecks): void {
  const routes = byContract(app);
  const config = { right: "operator" } as const;
  routes.get("/api/v1/hierarchy/check", { config, schema: HIERARCHY_ROUTES.check }, ({ query }) =>
    parents.check(query.child, query.parent),
  );
  routes.post("/api/v1/hierarchy/accept", { config, schema: HIERARCHY_ROUTES.accept }, (request) => {
    const { child, parent, reason } = request.body;
    return parents.accept(principalOf(request), child, parent, reason);
  });
}
