import type { FastifyInstance } from "fastify";
import { DELETION_ROUTES } from "@sitewright/protocol/api";
import type { DeletionControl } from "../../../app/sites/deletions.ts";
import type { Deletion } from "../../../domain/deletion/deletion.ts";
import { byContract } from "../../contract.ts";
import { principalOf } from "../../rights.ts";

/** Deleting sites and roles, for operators. */
export function deletionRoutes(app: FastifyInstance, deletions: DeletionControl): void {
  const routes = byContract(app);
  const config = { right: "operator" } as const;
  const { list, plan, delete: confirmed, undo } = DELETION_ROUTES;
  routes.get("/api/v1/deletions", { config, schema: list }, () => deletions.list().map(viewOf));
  routes.get("/api/v1/deletions/plan", { config, schema: plan }, ({ query: { recovery, ...target } }) => deletions.plan(target, recovery));
  routes.post("/api/v1/deletions", { config, schema: confirmed }, (request) => {
    const { confirm, reason, recovery, ...target } = request.body;
    return deletions.apply(principalOf(request), target, { confirm, reason, ...(recovery === undefined ? {} : { recovery }) });
  });
  routes.post("/api/v1/deletions/undo", { config, schema: undo }, async (request) => {
    const undone = await deletions.undo(principalOf(request), request.body);
    return { ...viewOf(undone), left: undone.left };
  });
}

function viewOf({ target, at, by, reason }: Deletion) {
  return { ...target, at, by, reason };
}
