import type { RunKind } from "@sitewright/protocol";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tail } from "../../scripts/support/hierarchy.ts";
import { waitFor } from "../../scripts/support/programs.ts";
import type { RunOptions } from "../../packages/coordinator/src/domain/runs/run.ts";
import type { Context } from "../case.ts";
import { usageOf, type Usage } from "../machine/processes.ts";
import { joinAgent, type Agent } from "./agent.ts";
import { startCoordinator, type Coordinator } from "./coordinator.ts";
import { createApi, type Api, type Ended } from "./orders.ts";
import { NOBODY, TARGET } from "./site.ts";

/** A coordinator, and an agent that can be replaced by an empty one: our side of a case. */
export interface Bed {
  coordinator: Coordinator;
  api: Api;
  readonly agent: Agent;
  /** Ends the agent, deletes everything it had, and starts a new one. */
  freshAgent(): Promise<Agent>;
  /** Indexes the packages (by default all) without touching the target. @returns Seconds. */
  index(packages?: string[]): Promise<number>;
  /** Carries out one order on the target; throws unless it succeeds. */
  order(kind: RunKind, options?: Partial<RunOptions>): Promise<Measured>;
}

export interface Measured extends Ended {
  use: { coordinator: Usage; agent: Usage };
}

export interface BedOptions {
  siteData: string;
  /** For the data of coordinator and agent; on the disk that the case is about. */
  folder: string;
  role?: "dp" | "cap";
  /** The address that the agent is told, such as one behind a slow link. */
  agentUrl?: (coordinatorUrl: string) => Promise<string>;
}

export async function startBed(context: Context, { siteData, folder, role = "dp", agentUrl }: BedOptions): Promise<Bed> {
  const coordinator = context.cleanup.use(await startCoordinator({ siteData, dataDir: join(folder, "coordinator") }));
  const api = createApi(coordinator.url, coordinator.dataDir);
  const url = (await agentUrl?.(coordinator.url)) ?? coordinator.url;
  const agentFolder = join(folder, "agent");
  let agent: Agent | undefined;
  context.cleanup.defer(() => agent?.[Symbol.asyncDispose]());

  const bed: Bed = {
    coordinator,
    api,
    get agent() {
      if (!agent) throw new Error("no agent has been started yet");
      return agent;
    },
    async freshAgent() {
      await agent?.[Symbol.asyncDispose]();
      agent = undefined;
      await waitFor("the agent before to be gone", async () => !(await api.isConnected(TARGET)));
      agent = await joinAgent({ folder: agentFolder, role, url, token: await coordinator.joinToken(TARGET) });
      await waitFor("the agent to connect", () => api.isConnected(TARGET));
      return agent;
    },
    index: (packages = []) => api.index({ systems: [NOBODY], packages }),
    async order(kind, options = {}) {
      const pids = { coordinator: coordinator.pid, agent: bed.agent.pid };
      const before = { coordinator: beginUsage(pids.coordinator), agent: beginUsage(pids.agent) };
      const ended = await api.run(kind, { systems: [TARGET], ...options });
      checkDone(ended, join(agentFolder, "agent.log"));
      return {
        ...ended,
        use: { coordinator: since(before.coordinator, pids.coordinator), agent: since(before.agent, pids.agent) },
      };
    },
  };
  return bed;
}

export function checkDone({ run, phases }: Ended, agentLog: string): void {
  if (run.state === "done") return;
  const outcomes = phases.map(({ task, unit, state, outcome }) => `${task} ${unit.name}: ${state} ${JSON.stringify(outcome)}`);
  throw new Error(`the run ended as ${run.state} ${JSON.stringify([run.error, run.problems])}\n${outcomes.join("\n")}\n${tail(agentLog)}`);
}

/** Resets the count of the peak memory. */
export function beginUsage(pid: number): Usage {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  return usageOf(pid);
}

function since(before: Usage, pid: number): Usage {
  const now = usageOf(pid);
  return { cpuSeconds: now.cpuSeconds - before.cpuSeconds, peakBytes: now.peakBytes };
}
