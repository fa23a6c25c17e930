import type { FastifyInstance } from "fastify";
import type { NotReady } from "../../app/sites/not-ready.ts";

export interface PublicDeps {
  caPem: string;
  /** What keeps the coordinator from its work; empty: nothing. */
  notReady: () => readonly NotReady[];
}

/** What anybody may ask: whether the coordinator lives and can work, and its CA, which an agent compares with the hash in its join token. */
export function publicRoutes(app: FastifyInstance, { caPem, notReady }: PublicDeps): void {
  app.get("/healthz", { config: { right: "public" } }, () => ({ ok: true }));
  app.get("/readyz", { config: { right: "public" } }, (_, reply) => {
    const reasons = notReady();
    return reply.code(reasons.length > 0 ? 503 : 200).send({ ready: reasons.length === 0, reasons });
  });
  app.get("/api/v1/ca", { config: { right: "public" } }, (_, reply) => reply.type("application/x-pem-file").send(caPem));
}
