import { PassThrough } from "node:stream";
import type { FastifyInstance } from "fastify";
import { EVENT_ROUTES, type Overview, type RunView } from "@sitewright/protocol/api";
import type { LiveView } from "../../app/live/live-view.ts";
import type { Operations } from "../../app/runs/operations.ts";
import { byContract, type Given } from "../contract.ts";
import { openLiveStream } from "../live-stream.ts";
import { runView } from "./phase-view.ts";

/** The live view of one run, or of the whole hierarchy, as server-sent events. */
export function eventRoutes(app: FastifyInstance, operations: Operations, liveView: LiveView): void {
  byContract(app).get(
    "/api/v1/events",
    { config: { right: "operator" }, schema: EVENT_ROUTES.follow },
    async ({ query: { run } }, reply) => {
      const stream = new PassThrough();
      reply.raw.once("close", () => stream.destroy());
      const snapshot = async (): Promise<Given<Overview | RunView>> =>
        run === undefined ? operations.overview() : runView(await operations.run(run));
      await openLiveStream(stream, liveView, { snapshot, run });
      // A proxy would collect events until it has some KiB of them.
      return reply.type("text/event-stream").headers({ "cache-control": "no-store", "x-accel-buffering": "no" }).send(stream);
    },
  );
}
