import { createAgentContent, type AgentContent } from "../app/agents/agent-content.ts";
import { createObjectRepair, type ObjectRepair } from "../app/recovery/object-repair.ts";
import { createSourceControl, type SourceControl } from "../app/sites/source-control.ts";
import type { Timings } from "../app/timings.ts";
import { createTopic, type Topic } from "../app/topic.ts";
import type { CoreDeps, State } from "./state.ts";

/** Compares what the site data have with what they had and with what agents hold. */
export interface ObjectParts {
  agentContent: AgentContent;
  sources: SourceControl;
  objects: ObjectRepair;
  /** A person decided about an object, or took that back. */
  decided: Topic;
}

export function wireObjects(deps: CoreDeps, state: State, timings: Timings): ObjectParts {
  const { ledger, sourceMemory: memory, links, clock, log } = deps;
  const { fleet, site, watch } = state;
  const decided = createTopic();
  const agentContent = createAgentContent({ links, site, clock, timeoutMs: timings.queryMs });
  const sources = createSourceControl({ site, memory, fleet, ledger, clock, log });
  const objects = createObjectRepair({
    site,
    watch,
    fleet,
    links,
    content: agentContent,
    definitions: deps.siteObjects,
    store: deps.objectStore,
    records: deps.siteRecords,
    sources,
    onDecided: decided.publish,
    clock,
    log,
  });
  return { agentContent, sources, objects, decided };
}
