import type { FastifyInstance } from "fastify";
import type { Metrics } from "../../adapters/metrics.ts";

/** Figures for Prometheus, which signs in with the operator token. */
export function metricsRoutes(app: FastifyInstance, metrics: Pick<Metrics, "contentType" | "text">): void {
  app.get("/metrics", { config: { right: "operator" } }, async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()));
}
