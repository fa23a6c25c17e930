import { SitewrightError, type Digest } from "@sitewright/protocol";
import type { AgentSession } from "../adapters/agent-gateway/connection.ts";
import type { Pacer } from "../adapters/content/pacer.ts";
import type { Neighbours } from "../adapters/neighbours/neighbours.ts";
import type { Log } from "../app/log.ts";
import type { ContentIndex, ContentRights } from "../app/ports.ts";
import type { Phase } from "../domain/runs/run.ts";

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

export function notHere(digest: Digest): SitewrightError {
  return new SitewrightError("CONTENT_UNAVAILABLE", `this coordinator does not have the manifest ${digest} now: request it again later`);
}
