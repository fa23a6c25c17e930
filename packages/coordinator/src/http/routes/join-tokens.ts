import type { FastifyInstance } from "fastify";
import { AGENT_ROUTES } from "@sitewright/protocol/api";
import type { Operations } from "../../app/runs/operations.ts";
import { principalOf } from "../rights.ts";

export function joinTokenRoutes(app: FastifyInstance, operations: Operations): void {
  app.post<{ Body: { system: string } }>(
    "/api/v1/join-tokens",
    { config: { right: "operator" }, schema: { body: AGENT_ROUTES.makeJoinToken.body } },
    (request) => operations.createJoinToken(principalOf(request), request.body.system),
  );
}
