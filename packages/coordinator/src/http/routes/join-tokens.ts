import type { FastifyInstance } from "fastify";
import { AGENT_ROUTES } from "@sitewright/protocol/api";
import type { Operations } from "../../app/runs/operations.ts";
import { byContract } from "../contract.ts";
import { principalOf } from "../rights.ts";

export function joinTokenRoutes(app: FastifyInstance, operations: Operations): void {
  byContract(app).post("/api/v1/join-tokens", { config: { right: "operator" }, schema: AGENT_ROUTES.makeJoinToken }, (request) =>
    operations.createJoinToken(principalOf(request), request.body.system, request.body.ttlMs),
  );
}
