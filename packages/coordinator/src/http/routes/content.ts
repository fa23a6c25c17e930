import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FastifyInstance, FastifyReply } from "fastify";
import { SitewrightError } from "@sitewright/protocol";
import { CONTENT_ROUTES } from "@sitewright/protocol/api";
import type { AgentSession } from "../../adapters/agent-gateway/connection.ts";
import { openPacedWriter, pacedSlices, type PacedWriter } from "../../adapters/content/paced-writer.ts";
import { aboutPhase } from "../../app/live/log-transitions.ts";
import type { ManifestSource } from "../../app/ports/content.ts";
import { byContract } from "../contract.ts";
import { notHere, orderedPhase, type ContentDeps } from "../content-rights.ts";

/** Small enough for a line slower than stated to take one in time, bytes. */
const PIECE = 64 * 1024;

/** The same bytes in small pieces; calls `silent` once the receiver has left one waiting for this long, ms. */
export async function* takenInTime(slices: AsyncIterable<Uint8Array>, timeoutMs: number, silent: () => void): AsyncGenerator<Uint8Array> {
  for await (const slice of slices) {
    for (let at = 0; at < slice.length; at += PIECE) {
      const timer = setTimeout(silent, timeoutMs);
      try {
        yield slice.subarray(at, at + PIECE);
      } finally {
        clearTimeout(timer);
      }
    }
  }
}

/** Concurrent manifest transfers to one agent, more than its orders need; each holds some 3 MiB. */
const MOST_AT_ONCE = 16;
/** ms within which a working agent receives what was sent. */
const SILENCE = 30_000;
/** Size of the heads of a request and its reply. */
const REQUEST_BYTES = 700;

/** Manifests, in parts that are compressed against one that the agent holds. */
export function contentRoutes(app: FastifyInstance, deps: ContentDeps): void {
  const counted = new WeakSet<Socket>();
  const underWay = new WeakMap<AgentSession, number>();

  function begin(agent: AgentSession): () => void {
    const before = underWay.get(agent) ?? 0;
    if (before >= MOST_AT_ONCE)
      throw new SitewrightError("TOO_MANY_REQUESTS", `${before} manifests are on their way to ${agent.system} already: take them first`);
    underWay.set(agent, before + 1);
    return () => underWay.set(agent, (underWay.get(agent) ?? 1) - 1);
  }

  byContract(app).get(
    "/content/v1/manifests/:digest",
    { config: { right: "agent" }, schema: CONTENT_ROUTES.manifest },
    async ({ agent, params: { digest }, query, raw: { socket } }, reply) => {
      if (!agent) throw new SitewrightError("UNAUTHENTICATED", "this needs the content token of a living connection");
      if (counted.has(socket)) deps.pacer.charge(agent.system, REQUEST_BYTES);
      else deps.pacer.chargeConnection(agent.system);
      counted.add(socket);
      const phase = await orderedPhase(deps, agent, query.order, digest);
      const gone = new AbortController();
      reply.raw.once("close", begin(agent));
      reply.raw.once("close", () => gone.abort(new SitewrightError("CONTENT_UNAVAILABLE", "the client has gone")));
      const source = await deps.index.openManifest(
        digest,
        deps.rights.basesFor(agent.system, query.base?.split(",") ?? []),
        Number(query.from ?? 0),
      );
      if (!source) throw notHere(digest);
      reply.type("application/x-sitewright-manifest-parts");
      if (source.base) reply.header("x-sitewright-base", source.base);
      // Agents may estimate just when a window is closed; an estimate needs a manifest, but no content.
      const traffic = { system: agent.system, priority: phase.task === "stage" ? phase.priority : undefined };
      const signal = AbortSignal.any([gone.signal, agent.ended]);
      const pacedWriter = openPacedWriter(
        (want, ended) => deps.pacer.take(traffic, want, ended),
        (bytes) => deps.rights.sent(phase.id, bytes),
        signal,
      );
      const silent = (): void =>
        gone.abort(new SitewrightError("CONTENT_UNAVAILABLE", "the agent receives nothing: request the rest again"));
      const brokeOff = (error: string): void => deps.log.warn({ ...aboutPhase(phase), error }, "a manifest broke off");
      return sendSlices(reply, takenInTime(parts(source, pacedWriter), SILENCE, silent), signal, brokeOff);
    },
  );
}

async function* parts(source: ManifestSource, pacedWriter: PacedWriter): AsyncGenerator<Uint8Array> {
  try {
    for (let part = await source.next(); part; part = await source.next()) yield* pacedSlices(part, pacedWriter);
  } finally {
    source.close();
  }
}

/**
 * Starts the stream itself, so that its resources are released even if no byte is read. An early end truncates the reply, which the client
 * detects.
 */
export function sendSlices(
  reply: FastifyReply,
  slices: AsyncGenerator<Uint8Array>,
  signal: AbortSignal,
  brokeOff: (why: string) => void,
): FastifyReply {
  const body = new PassThrough({ highWaterMark: 16 * 1024 });
  // Also while everything waits for a client that has stopped reading.
  signal.addEventListener("abort", () => body.destroy(signal.reason as Error), { once: true });
  pipeline(slices, body).catch((error: unknown) => {
    brokeOff(SitewrightError.from(error).message);
    body.destroy();
  });
  return reply.send(body);
}
