import { encodePeerRedirect, SitewrightError, type Digest } from "@sitewright/protocol";
import type { AgentSession } from "../adapters/agent-gateway/connection.ts";
import type { Connections } from "../adapters/agent-gateway/connections.ts";
import type { OpenGrant } from "../adapters/content/stream-grant.ts";
import type { Pacer } from "../adapters/content/pacer.ts";
import type { Neighbours } from "../adapters/neighbours/neighbours.ts";
import { aboutPhase } from "../app/live/log-transitions.ts";
import type { Log } from "../app/log.ts";
import type { ContentIndex, ContentRights } from "../app/ports/content.ts";
import type { Phase } from "../domain/runs/run.ts";
import { sessionOf } from "./rights.ts";

export interface ContentDeps {
  rights: ContentRights;
  index: Pick<ContentIndex, "openChunks" | "openManifest">;
  pacer: Pacer;
  neighbours: Pick<Neighbours, "allot">;
  log: Log;
}

/** The order for which an agent fetches a manifest. Throws `FORBIDDEN` when there is none. */
export async function orderedPhase({ rights }: ContentDeps, { system }: AgentSession, order: string, manifest: Digest): Promise<Phase> {
  const phase = await rights.orderFor(system, order, manifest);
  if (!phase) throw new SitewrightError("FORBIDDEN", `the manifest ${manifest} is not ordered for this agent`);
  return phase;
}

/** Grants of this coordinator, which leads: for its own streams, and for those of coordinators that serve for it. */
export function contentGrants(deps: ContentDeps & { connections: Pick<Connections, "session"> }): OpenGrant {
  const { connections, rights, pacer, neighbours } = deps;
  return async (token, order, manifest) => {
    const session = sessionOf(connections, token);
    const phase = await orderedPhase(deps, session, order, manifest);
    const { system, transfers, roundTripMs, ended } = session;
    const isComplete = (other: string): boolean => rights.isHeld(other, phase.unit, manifest);
    const peerStream = { system, order, manifest, isComplete, complete: { systems: [], until: 0 } };
    pacer.chargeConnection(system);
    return {
      system,
      facts: aboutPhase(phase),
      transfers,
      take: (want, signal, isSentElsewhere = false) => pacer.take({ system, priority: phase.priority, isSentElsewhere }, want, signal),
      sent: (bytes) => rights.sent(order, bytes),
      async allot(ranges, failed) {
        const { own, elsewhere } = neighbours.allot(peerStream, ranges, failed);
        return { own, redirects: elsewhere.map(encodePeerRedirect) };
      },
      prove: async () => void (await orderedPhase(deps, session, order, manifest)),
      slowest: () => pacer.slowestTo(system),
      roundTripMs,
      ended,
      close: () => undefined,
    };
  };
}

export function notHere(digest: Digest): SitewrightError {
  return new SitewrightError("CONTENT_UNAVAILABLE", `this coordinator does not have the manifest ${digest} now: request it again later`);
}
