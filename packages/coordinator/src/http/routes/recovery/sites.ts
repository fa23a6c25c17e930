import type { FastifyInstance } from "fastify";
import { SITE_ROUTES } from "@sitewright/protocol/api";
import type { SerialRepair } from "../../../app/recovery/serial-repair.ts";
import { byContract } from "../../contract.ts";
import { principalOf } from "../../rights.ts";

/** For operators: the sites by the numbers of their definitions, and how to repair those after a recovery. */
export function siteRoutes(app: FastifyInstance, serials: SerialRepair): void {
  const routes = byContract(app);
  const config = { right: "operator" } as const;
  const { list, plan, raise, undo, accept } = SITE_ROUTES;
  routes.get("/api/v1/sites", { config, schema: list }, () => serials.sites());
  // POST, though it changes nothing: its arguments do not fit into a URL.
  routes.post("/api/v1/sites/:code/serials/plan", { config, schema: plan }, ({ params, body }) => serials.plan(params.code, body.setAside));
  routes.post("/api/v1/sites/:code/serials/raise", { config, schema: raise }, (request) =>
    serials.apply(principalOf(request), request.params.code, request.body.setAside),
  );
  routes.post("/api/v1/sites/:code/serials/undo", { config, schema: undo }, (request) =>
    serials.undo(principalOf(request), request.params.code),
  );
  routes.post("/api/v1/sites/:code/accept", { config, schema: accept }, (request) =>
    serials.accept(principalOf(request), request.params.code, request.body.reason),
  );
}
