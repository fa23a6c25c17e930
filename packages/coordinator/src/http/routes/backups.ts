import type { FastifyInstance } from "fastify";
import { BACKUP_ROUTES } from "@sitewright/protocol/api";
import type { SavedStates } from "../../app/backup/saved-states.ts";
import { byContract } from "../contract.ts";
import { principalOf } from "../rights.ts";

/** For the operator's program, which adds what is in the data folder: keys leave that only by way of its owner. */
export function backupRoutes(app: FastifyInstance, saved: SavedStates): void {
  byContract(app).post("/api/v1/backups", { config: { right: "operator" }, schema: BACKUP_ROUTES.save }, (request) =>
    saved.take(principalOf(request)),
  );
}
