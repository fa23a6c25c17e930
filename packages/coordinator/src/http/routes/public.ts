import type { FastifyInstance } from "fastify";
import { SERVICE_ROUTES } from "@sitewright/protocol/api";
import type { NotReady } from "../../app/sites/not-ready.ts";
import { byContract } from "../contract.ts";

export interface PublicDeps {
  caPem: string;
  /** What prevents the coordinator from working; empty: nothing. */
  notReady: () => readonly NotReady[];
}

/** Public: whether the coordinator runs and can work, and its CA, which an agent compares with the hash in its join token. */
export function publicRoutes(app: FastifyInstance, { caPem, notReady }: PublicDeps): void {
  const routes = byContract(app);
  const config = { right: "public" } as const;
  routes.get("/healthz", { config, schema: SERVICE_ROUTES.health }, () => ({ ok: true as const }));
  routes.get("/readyz", { config, schema: SERVICE_ROUTES.readiness }, async (_, reply) => {
    const reasons = notReady();
    return reply.code(reasons.length > 0 ? 503 : 200).send({ ready: reasons.length === 0, reasons });
  });
  routes.get("/api/v1/ca", { config, schema: SERVICE_ROUTES.ca }, async (_, reply) => reply.type("application/x-pem-file").send(caPem));
}
