import type { FastifyInstance } from "fastify";
import { SERVICE_ROUTES, type CoordinatorMember } from "@sitewright/protocol/api";
import { byContract } from "../contract.ts";

/** Which coordinators of the hierarchy are there. */
export function coordinatorRoutes(app: FastifyInstance, members: () => readonly CoordinatorMember[]): void {
  byContract(app).get("/api/v1/coordinators", { config: { right: "listener" }, schema: SERVICE_ROUTES.coordinators }, () => [...members()]);
}
