import type { FastifyInstance } from "fastify";
import { SITE_BACKUP_ROUTES } from "@sitewright/protocol/api";
import type { SiteBackups } from "../../../app/agents/site-backups.ts";
import { byContract } from "../../contract.ts";
import { principalOf } from "../../rights.ts";

/** For operators: the backups of sites, which agents of site servers are asked for. */
export function siteBackupRoutes(app: FastifyInstance, backups: Pick<SiteBackups, "status" | "begin">): void {
  const routes = byContract(app);
  const config = { right: "operator" } as const;
  routes.get("/api/v1/site-backups/:system", { config, schema: SITE_BACKUP_ROUTES.show }, (request) =>
    backups.status(request.params.system),
  );
  routes.post("/api/v1/site-backups/:system", { config, schema: SITE_BACKUP_ROUTES.begin }, (request) =>
    backups.begin(principalOf(request), request.params.system),
  );
}
