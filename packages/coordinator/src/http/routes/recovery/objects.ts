import type { FastifyInstance } from "fastify";
import { OBJECT_ROUTES } from "@sitewright/protocol/api";
import type { ObjectRepair } from "../../../app/recovery/object-repair.ts";
import { byContract } from "../../contract.ts";

/** For operators: what was made, changed or deleted after the backup that a site was restored from. */
export function objectRoutes(app: FastifyInstance, objects: ObjectRepair): void {
  const routes = byContract(app);
  const config = { right: "operator" } as const;
  routes.get("/api/v1/sites/:code/objects", { config, schema: OBJECT_ROUTES.plan }, ({ params }) => objects.plan(params.code));
}
