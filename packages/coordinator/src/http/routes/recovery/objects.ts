import type { FastifyInstance } from "fastify";
import { OBJECT_ROUTES } from "@sitewright/protocol/api";
import type { ObjectRepair } from "../../../app/recovery/object-repair.ts";
import { byContract } from "../../contract.ts";
import { principalOf } from "../../rights.ts";

/** For operators: what was made, changed or deleted after the backup that a site was restored from. */
export function objectRoutes(app: FastifyInstance, objects: ObjectRepair): void {
  const routes = byContract(app);
  const config = { right: "operator" } as const;
  const { plan, returning, decide, undo } = OBJECT_ROUTES;
  routes.get("/api/v1/sites/:code/objects", { config, schema: plan }, ({ params }) => objects.plan(params.code));
  routes.get("/api/v1/sites/:code/objects/returning", { config, schema: returning }, ({ params }) => objects.returning(params.code));
  routes.post("/api/v1/sites/:code/objects/decide", { config, schema: decide }, (request) =>
    objects.decide(principalOf(request), request.params.code, request.body),
  );
  routes.post("/api/v1/sites/:code/objects/undo", { config, schema: undo }, (request) =>
    objects.undo(principalOf(request), request.params.code, request.body.object),
  );
}
