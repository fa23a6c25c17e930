import type { FastifyInstance } from "fastify";

/** What anybody may ask: whether the coordinator lives, and its CA, which an agent compares with the hash in its join token. */
export function publicRoutes(app: FastifyInstance, { caPem }: { caPem: string }): void {
  app.get("/healthz", { config: { right: "public" } }, () => ({ ok: true }));
  app.get("/api/v1/ca", { config: { right: "public" } }, (_, reply) => reply.type("application/x-pem-file").send(caPem));
}
