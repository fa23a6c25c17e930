import type { FastifyInstance } from "fastify";
import { DRILL_ROUTES } from "@sitewright/protocol/api";
import type { Drills } from "../../../app/recovery/drills.ts";
import { byContract } from "../../contract.ts";
import { principalOf } from "../../rights.ts";

/** Rehearsals of recoveries, for operators, who may only listen here. */
export function drillRoutes(app: FastifyInstance, drills: Drills): void {
  const { rehearse } = DRILL_ROUTES;
  byContract(app).post("/api/v1/drills", { config: { right: "listener" }, schema: rehearse }, (request) =>
    drills.rehearse(principalOf(request), request.body),
  );
}
