import type { FastifyInstance } from "fastify";
import { DRILL_ROUTES } from "@sitewright/protocol/api";
import type { Drills } from "../../../app/recovery/drills.ts";
import { byContract } from "../../contract.ts";

/** Rehearsals of recoveries, for operators. Who asks is not handed on: nothing is changed, and nothing is recorded. */
export function drillRoutes(app: FastifyInstance, drills: Drills): void {
  const { rehearse } = DRILL_ROUTES;
  byContract(app).post("/api/v1/drills", { config: { right: "operator" }, schema: rehearse }, ({ body }) => drills.rehearse(body));
}
