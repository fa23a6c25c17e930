import type { FastifyInstance } from "fastify";
import { AGENT_ROUTES } from "@sitewright/protocol/api";
import type { AgentPackages } from "../../../app/agents/agent-packages.ts";
import type { Operations } from "../../../app/runs/operations.ts";
import { byContract } from "../../contract.ts";
import { principalOf } from "../../rights.ts";
import { sha256 } from "../../secrets.ts";

export interface JoinTokenDeps {
  operations: Pick<Operations, "createJoinToken">;
  agentPackages: Pick<AgentPackages, "newest">;
  caPem: string;
}

export function joinTokenRoutes(app: FastifyInstance, { operations, agentPackages, caPem }: JoinTokenDeps): void {
  const authority = sha256(caPem).toString("hex");
  byContract(app).post("/api/v1/join-tokens", { config: { right: "operator" }, schema: AGENT_ROUTES.makeJoinToken }, async (request) => {
    const { system, ttlMs } = request.body;
    // Before a token exists: a package that is not what it should be is refused.
    const packages = await agentPackages.newest();
    const made = await operations.createJoinToken(principalOf(request), system, ttlMs);
    return Object.keys(packages).length > 0 ? { ...made, installation: { authority, packages } } : made;
  });
}
