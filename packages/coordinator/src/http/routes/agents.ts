import type { FastifyInstance } from "fastify";
import type { Agents } from "../../app/agents/agents.ts";
import { principalOf } from "../rights.ts";

/** Who may come as an agent, for operators. */
export function agentRoutes(app: FastifyInstance, agents: Agents): void {
  const config = { right: "operator" } as const;
  app.get("/api/v1/agents", { config }, () => agents.list());
  app.post<{ Params: { system: string } }>("/api/v1/agents/:system/revoke", { config }, (request) =>
    agents.revoke(principalOf(request), request.params.system),
  );
}
