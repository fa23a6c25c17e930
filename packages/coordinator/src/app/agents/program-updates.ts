import { compareProgramVersions, SitewrightError, type ProgramStatement } from "@sitewright/protocol";
import {
  failedIn,
  reported,
  skipReason,
  toBeOrdered,
  viewOf,
  type AgentProgram,
  type Rollout,
  type RolloutView,
} from "../../domain/agents/rollout.ts";
import type { Principal } from "../../domain/principal.ts";
import type { Hierarchy } from "../../domain/sites/hierarchy.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import type { AgentEvents, AgentLinks } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";
import type { AgentPackages } from "./agent-packages.ts";

export interface UpdateRequest {
  /** Absent: the newest for which there is a package. */
  version?: string;
  /** Absent: all agents. */
  systems?: readonly string[];
  /** How many at a time. */
  wave: number;
}

export type ProgramUpdate = Pick<Rollout, "id" | "version" | "wave" | "by" | "at"> & RolloutView;

/** Updates the programs of agents when an operator says so. */
export interface ProgramUpdates {
  /** The last one; undefined: there was none. */
  last(): ProgramUpdate | undefined;
  /** Replaces an earlier one. Throws `NOT_FOUND`, `SYSTEM_UNKNOWN`, and `NOTHING_SELECTED` with the reason for each agent. */
  start(by: Principal, request: UpdateRequest): Promise<ProgramUpdate & { skipped: { system: string; why: string }[] }>;
  /** No further agent is told. Throws `NOT_FOUND`. */
  cancel(by: Principal): Promise<ProgramUpdate>;
  /** Events that it needs of the agents, and passes on. */
  watch(events: AgentEvents): AgentEvents;
}

export interface ProgramUpdatesDeps {
  /** As it is stored. */
  rollout: Rollout | undefined;
  write(rollout: Rollout): Promise<void>;
  links: Pick<AgentLinks, "agent" | "send">;
  packages: Pick<AgentPackages, "offered">;
  hierarchy: () => Hierarchy | undefined;
  /** With the key of the CA. */
  sign(statement: ProgramStatement): Uint8Array;
  coordinatorId: string;
  newId(): string;
  ledger: Pick<Ledger, "record">;
  clock: Clock;
  log: Log;
}

export function createProgramUpdates(deps: ProgramUpdatesDeps): ProgramUpdates {
  const { write, links, packages, hierarchy, sign, coordinatorId, newId, ledger, clock, log } = deps;
  let { rollout } = deps;
  const oneByOne = oneAtATime();

  const agentOf = (system: string): AgentProgram | undefined => {
    const agent = links.agent(system);
    return agent && { system, version: agent.version, target: agent.program };
  };

  async function change(next: Rollout): Promise<void> {
    if (next === rollout) return;
    await write(next);
    rollout = next;
    for (const system of toBeOrdered(next)) tell(system);
  }

  /** Its agent may have been told before: it then continues, or reports why it failed. */
  function tell(system: string): void {
    const agent = agentOf(system);
    const digest = agent?.target === undefined ? undefined : rollout?.packages[agent.target];
    if (!rollout || !agent?.target || digest === undefined) return;
    const { id, version } = rollout;
    const signature = sign({ coordinator: coordinatorId, version, target: agent.target, digest });
    void links.send(system, { kind: "update", id, version, digest, signature });
  }

  async function connected(system: string): Promise<void> {
    const agent = agentOf(system);
    if (!rollout || !agent) return;
    const next = reported(rollout, agent);
    if (next !== rollout) log.info({ system, version: agent.version }, "the agent is updated");
    await change(next);
    if (toBeOrdered(rollout).includes(system)) tell(system);
  }

  async function failed(system: string, id: string, message: string): Promise<void> {
    if (rollout?.id !== id) return;
    const next = failedIn(rollout, system, message);
    if (next !== rollout)
      log.error({ system, version: rollout.version }, `the agent could not be updated, and no further wave begins: ${message}`);
    await change(next);
  }

  const later = (work: () => Promise<void>): void =>
    void oneByOne(work).catch((error: unknown) => log.error({ error: String(error) }, "an update of agents cannot be stored"));

  return {
    last: () => rollout && told(rollout),
    start: (by, { version: wanted, systems: named, wave }) =>
      oneByOne(async () => {
        const known = hierarchy()?.systems;
        for (const system of named ?? [])
          if (!known?.has(system)) throw new SitewrightError("SYSTEM_UNKNOWN", `the hierarchy has no system ${JSON.stringify(system)}`);
        const { version, digests } = choose(await packages.offered(), wanted);
        const skipped: { system: string; why: string }[] = [];
        const systems = [...new Set(named ?? known?.keys() ?? [])].filter((system) => {
          const why = skipReason(agentOf(system), { version, packages: digests });
          if (why !== undefined) skipped.push({ system, why });
          return why === undefined;
        });
        if (systems.length === 0) {
          const reasons = skipped.slice(0, 5).map(({ system, why }) => `${system}: ${why}`);
          throw new SitewrightError("NOTHING_SELECTED", `no agent can be updated to ${version}: ${reasons.join("; ") || "there is none"}`);
        }
        const next = { id: newId(), version, packages: digests, systems, wave, by: by.name, at: clock(), updated: [], failed: {} };
        await ledger.record(by, "agents-updated", { details: { version, wave: String(wave), systems: systems.join(" ") } });
        await change(next);
        return { ...told(next), skipped };
      }),
    cancel: (by) =>
      oneByOne(async () => {
        if (!rollout) throw new SitewrightError("NOT_FOUND", "no update of agents was started");
        if (["done", "cancelled"].includes(viewOf(rollout).state)) return told(rollout);
        const next: Rollout = { ...rollout, cancelled: true };
        await ledger.record(by, "agent-update-cancelled", { details: { version: next.version } });
        await change(next);
        return told(next);
      }),
    watch: (events) => ({
      ...events,
      async connected(agent, hello) {
        const answer = await events.connected(agent, hello);
        // The link delivers messages once this has returned.
        setTimeout(() => later(() => connected(agent.system)), 0);
        return answer;
      },
      updateFailed: (system, id, message) => later(() => failed(system, id, message)),
    }),
  };
}

function told(rollout: Rollout): ProgramUpdate {
  const { id, version, wave, by, at } = rollout;
  return { id, version, wave, by, at, ...viewOf(rollout) };
}

/** The packages of a version, by target. */
function choose(
  offered: readonly { version: string; target: string; digest: string }[],
  wanted: string | undefined,
): { version: string; digests: Record<string, string> } {
  const versions = [...new Set(offered.map(({ version }) => version))].toSorted(compareProgramVersions);
  const version = wanted ?? versions.at(-1);
  if (version === undefined)
    throw new SitewrightError("NOT_FOUND", "this coordinator has no packages of the agent: name their folder with --agents when it starts");
  const digests = Object.fromEntries(offered.filter((one) => one.version === version).map(({ target, digest }) => [target, digest]));
  if (Object.keys(digests).length > 0) return { version, digests };
  throw new SitewrightError(
    "NOT_FOUND",
    `there is no package of version ${version}: the folder of --agents has ${versions.join(", ") || "none"}`,
  );
}
