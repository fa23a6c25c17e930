import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { LIMITS, SitewrightError, type ContentRequest, type Digest } from "@sitewright/protocol";
import type { AgentSession } from "../../adapters/agent-gateway/connection.ts";
import { chunkStream, pacedSlices, type Outlet } from "../../adapters/content/content-stream.ts";
import type { Pacer } from "../../adapters/content/pacer.ts";
import type { Log } from "../../app/log.ts";
import { aboutPhase } from "../../app/log-transitions.ts";
import type { Clock, ContentIndex, ContentRights } from "../../app/ports.ts";
import { addressPath } from "../../domain/address-path.ts";
import { budgetAt } from "../../domain/address-schedule.ts";
import { creditWindow } from "../../domain/credit.ts";
import type { Hierarchy } from "../../domain/hierarchy.ts";
import type { Phase } from "../../domain/run.ts";
import { checkRanges } from "../content-ranges.ts";

export interface ContentDeps {
  rights: ContentRights;
  index: ContentIndex;
  hierarchy: () => Hierarchy | undefined;
  pacer: Pacer;
  clock: Clock;
  log: Log;
}

const DIGEST = { type: "string", pattern: "^[0-9a-f]{64}$" };
const ORDER = { type: "string", minLength: 1, maxLength: 200 };
const UINT32 = { type: "integer", minimum: 0, maximum: 2 ** 32 - 1 };

const MANIFEST_PARAMS = { type: "object", properties: { digest: DIGEST } };
const MANIFEST_QUERY = { type: "object", required: ["order"], properties: { order: ORDER } };
const CHUNKS_BODY = {
  type: "object",
  additionalProperties: false,
  required: ["order", "manifest", "transfer", "ranges"],
  properties: {
    order: ORDER,
    manifest: DIGEST,
    transfer: UINT32,
    ranges: {
      type: "array",
      minItems: 1,
      maxItems: LIMITS.contentRanges,
      items: { type: "array", minItems: 2, maxItems: 2, items: UINT32 },
    },
  },
};

/** The bytes that orders need: manifests, and chunks as one stream of frames a request. */
export function contentRoutes(app: FastifyInstance, deps: ContentDeps): void {
  const config = { right: "agent" } as const;

  app.get<{ Params: { digest: Digest }; Querystring: { order: string } }>(
    "/content/v1/manifests/:digest",
    { config, schema: { params: MANIFEST_PARAMS, querystring: MANIFEST_QUERY } },
    async (request, reply) => {
      const { digest } = request.params;
      const session = sessionOf(request);
      const phase = await orderedPhase(deps, session, request.query.order, digest);
      const packed = await deps.index.packedManifest(digest);
      if (!packed) throw notHere(digest);
      reply.type("application/x-sitewright-manifest+zstd").header("content-length", packed.length);
      return send(deps.log, phase, reply, pacedSlices(packed, outletOf(deps, session, phase, reply)));
    },
  );

  app.post<{ Body: ContentRequest }>("/content/v1/chunks", { config, schema: { body: CHUNKS_BODY } }, async (request, reply) => {
    const { order, manifest, transfer: number, ranges } = request.body;
    const session = sessionOf(request);
    const phase = await orderedPhase(deps, session, order, manifest);
    const source = await deps.index.openChunks(manifest);
    if (!source) throw notHere(manifest);
    try {
      checkRanges(ranges, source.chunks);
      const transfer = session.transfers.open(number, order);
      reply.type("application/x-sitewright-chunks");
      const outlet = outletOf(deps, session, phase, reply);
      const chunks = ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
      deps.log.info({ ...aboutPhase(phase), chunks }, "content is asked for");
      return send(deps.log, phase, reply, chunkStream(source, ranges, transfer, windowOf(deps, session.system), outlet));
    } catch (error) {
      await source.close();
      throw error;
    }
  });
}

function sessionOf({ agent }: FastifyRequest): AgentSession {
  if (!agent) throw new SitewrightError("UNAUTHENTICATED", "this needs the content token of a living connection");
  return agent;
}

async function orderedPhase({ rights }: ContentDeps, { system }: AgentSession, order: string, manifest: Digest): Promise<Phase> {
  const phase = await rights.orderFor(system, order, manifest);
  if (!phase) throw new SitewrightError("FORBIDDEN", `the manifest ${manifest} is not ordered for this agent`);
  return phase;
}

function notHere(digest: Digest): SitewrightError {
  return new SitewrightError("CONTENT_UNAVAILABLE", `this coordinator does not have the manifest ${digest} now: ask again later`);
}

function outletOf({ pacer, rights }: ContentDeps, session: AgentSession, phase: Phase, reply: FastifyReply): Outlet {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort(new SitewrightError("CONTENT_UNAVAILABLE", "the client has gone")));
  return {
    pacer,
    // Questions are asked just when a window is closed; what they need is a manifest, no content.
    traffic: { system: session.system, priority: phase.task === "stage" ? phase.priority : undefined },
    sent: (bytes) => rights.sent(phase.id, bytes),
    signal: AbortSignal.any([gone.signal, session.ended]),
  };
}

function windowOf({ hierarchy, clock }: ContentDeps, system: string): number {
  const known = hierarchy();
  const [line] = known ? addressPath(known, system) : [];
  return creditWindow(line && budgetAt(line, clock()));
}

/**
 * Starts the stream itself, so that what it holds is released even when nobody reads a byte. What ends it early ends the reply in
 * the middle, which the client sees.
 */
function send(log: Log, phase: Phase, reply: FastifyReply, slices: AsyncGenerator<Uint8Array>): FastifyReply {
  const body = new PassThrough({ highWaterMark: 16 * 1024 });
  pipeline(slices, body).catch((error: unknown) => {
    log.warn({ ...aboutPhase(phase), error: SitewrightError.from(error).message }, "a content stream broke off");
    body.destroy();
  });
  return reply.send(body);
}
