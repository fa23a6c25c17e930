import type { FastifyInstance } from "fastify";
import { SUCCESSION_ROUTES } from "@sitewright/protocol/api";
import type { Successions } from "../../../app/backup/successions.ts";
import { byContract } from "../../contract.ts";
import { principalOf } from "../../rights.ts";

/** Public: the statements by which agents believe this coordinator. For operators: naming its own successor. */
export function successionRoutes(app: FastifyInstance, successions: Successions): void {
  const routes = byContract(app);
  routes.get("/api/v1/succession", { config: { right: "public" }, schema: SUCCESSION_ROUTES.statements }, () => ({
    statements: [...successions.statements()],
  }));
  routes.post("/api/v1/succession", { config: { right: "operator" }, schema: SUCCESSION_ROUTES.name }, (request) =>
    successions.name(principalOf(request), request.body.successor),
  );
}
