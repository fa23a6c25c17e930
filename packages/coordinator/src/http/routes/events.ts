import { PassThrough } from "node:stream";
import type { FastifyInstance } from "fastify";
import { EVENT_ROUTES } from "@sitewright/protocol/api";
import type { LiveView } from "../../app/runs/live-view.ts";
import type { Operations } from "../../app/runs/operations.ts";
import { openLiveStream } from "../live-stream.ts";

/** The live view of one run, or of the whole hierarchy, as server-sent events. */
export function eventRoutes(app: FastifyInstance, operations: Operations, liveView: LiveView): void {
  app.get<{ Querystring: { run?: string } }>(
    "/api/v1/events",
    { config: { right: "operator" }, schema: { querystring: EVENT_ROUTES.follow.querystring } },
    async ({ query: { run } }, reply) => {
      const stream = new PassThrough();
      reply.raw.once("close", () => stream.destroy());
      await openLiveStream(stream, liveView, { snapshot: () => (run === undefined ? operations.overview() : operations.run(run)), run });
      return reply.type("text/event-stream").header("cache-control", "no-store").send(stream);
    },
  );
}
