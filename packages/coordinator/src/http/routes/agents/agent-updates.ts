import type { FastifyInstance } from "fastify";
import { AGENT_UPDATE_ROUTES } from "@sitewright/protocol/api";
import type { ProgramUpdates } from "../../../app/agents/program-updates.ts";
import { byContract } from "../../contract.ts";
import { principalOf } from "../../rights.ts";

/** Agents that are updated at a time, unless the operator says otherwise. */
const WAVE = 5;

/** For operators: updating the programs of agents. */
export function agentUpdateRoutes(app: FastifyInstance, updates: ProgramUpdates): void {
  const routes = byContract(app);
  const config = { right: "operator" } as const;
  routes.get("/api/v1/agent-updates", { config, schema: AGENT_UPDATE_ROUTES.show }, () => {
    const update = updates.last();
    return update ? { update } : {};
  });
  routes.post("/api/v1/agent-updates", { config, schema: AGENT_UPDATE_ROUTES.start }, (request) =>
    updates.start(principalOf(request), { wave: WAVE, ...request.body }),
  );
  routes.post("/api/v1/agent-updates/cancel", { config, schema: AGENT_UPDATE_ROUTES.cancel }, (request) =>
    updates.cancel(principalOf(request)),
  );
}
