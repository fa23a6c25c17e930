import type { FastifyInstance } from "fastify";
import { SERVICE_ROUTES } from "@sitewright/protocol/api";
import type { KnownMember } from "../../app/agents/member-addresses.ts";
import { byContract } from "../contract.ts";

/** Which coordinators of the hierarchy are there. @param serving Ids of those that serve content for this one. */
export function coordinatorRoutes(app: FastifyInstance, members: () => readonly KnownMember[], serving: () => readonly string[]): void {
  byContract(app).get("/api/v1/coordinators", { config: { right: "listener" }, schema: SERVICE_ROUTES.coordinators }, () => {
    const servers = serving();
    return members().map((one) => ({ ...one, serves: one.leads || servers.includes(one.member) }));
  });
}
