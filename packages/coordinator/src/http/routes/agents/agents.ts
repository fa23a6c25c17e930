import type { FastifyInstance } from "fastify";
import { AGENT_ROUTES } from "@sitewright/protocol/api";
import type { Agents } from "../../../app/agents/agents.ts";
import { byContract } from "../../contract.ts";
import { principalOf } from "../../rights.ts";

/** For operators: which agents may connect. */
export function agentRoutes(app: FastifyInstance, agents: Agents): void {
  const routes = byContract(app);
  const config = { right: "operator" } as const;
  routes.get("/api/v1/agents", { config, schema: AGENT_ROUTES.list }, () => agents.list());
  routes.post("/api/v1/agents/:system/revoke", { config, schema: AGENT_ROUTES.revoke }, (request) =>
    agents.revoke(principalOf(request), request.params.system),
  );
}
