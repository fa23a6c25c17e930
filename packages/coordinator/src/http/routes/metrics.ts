import type { FastifyInstance } from "fastify";
import { SERVICE_ROUTES } from "@sitewright/protocol/api";
import type { Metrics } from "../../adapters/metrics.ts";
import { byContract } from "../contract.ts";

/** Metrics for Prometheus, which authenticates with the operator token. */
export function metricsRoutes(app: FastifyInstance, metrics: Pick<Metrics, "contentType" | "text">): void {
  byContract(app).get("/metrics", { config: { right: "operator" }, schema: SERVICE_ROUTES.metrics }, async (_, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
}
