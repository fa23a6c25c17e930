import type { FastifyInstance, FastifyReply } from "fastify";
import { MEDIA_ROUTES } from "@sitewright/protocol/api";
import { MEDIUM_LIMITS, SitewrightError } from "@sitewright/protocol";
import type { Media } from "../../app/media/media.ts";
import { byContract } from "../contract.ts";
import { principalOf } from "../rights.ts";

/** Inventories of systems with many units are longer than any other request. */
const bodyLimit = 2 * MEDIUM_LIMITS.statement;

/** For the operator's program, which writes media and reads what came back on them. */
export function mediaRoutes(app: FastifyInstance, media: Media): void {
  const routes = byContract(app);
  const config = { right: "operator" } as const;
  routes.post("/api/v1/media/plan", { config, bodyLimit, schema: MEDIA_ROUTES.plan }, (request, reply) =>
    media.plan(request.body, whileAsked(reply)),
  );
  routes.post("/api/v1/media", { config, bodyLimit, schema: MEDIA_ROUTES.order }, (request, reply) =>
    media.order(principalOf(request), request.body, whileAsked(reply)),
  );
  routes.post("/api/v1/media/receipts", { config, bodyLimit, schema: MEDIA_ROUTES.receipt }, (request) =>
    media.receipt(principalOf(request), request.body.receipt),
  );
}

/** Reading all sources may take long, and is in vain when the client has gone. */
function whileAsked({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once("close", () => gone.abort(new SitewrightError("CANCELLED", "the client has gone")));
  return gone.signal;
}
