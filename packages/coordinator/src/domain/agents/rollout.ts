import { compareProgramVersions } from "@sitewright/protocol";

/** That the agents of these systems become one version, wave after wave. */
export interface Rollout {
  id: string;
  version: string;
  /** By target: SHA-256 of the package. */
  packages: Readonly<Record<string, string>>;
  /** In order; each `wave` of them form one. */
  systems: readonly string[];
  wave: number;
  by: string;
  /** ms since 1970. */
  at: number;
  /** Have reported the version, or a later one. */
  updated: readonly string[];
  /** By system: why its agent runs the one before. */
  failed: Readonly<Record<string, string>>;
  cancelled?: true;
}

/** An agent with an open connection. */
export interface AgentProgram {
  system: string;
  version: string;
  /** Such as `linux-x64`; undefined: it cannot exchange its program. */
  target?: string | undefined;
}

/** Why an agent is not to be updated; undefined: it can be. */
export function skipReason(
  agent: AgentProgram | undefined,
  { version, packages }: Pick<Rollout, "version" | "packages">,
): string | undefined {
  if (!agent) return "it is not connected";
  if (compareProgramVersions(agent.version, version) >= 0) return `it has version ${agent.version}`;
  if (agent.target === undefined)
    return "it is no single executable, or of a version before updates: install the new version there as it was installed";
  if (packages[agent.target] === undefined) return `the folder of --agents has no package of version ${version} for ${agent.target}`;
  return undefined;
}

export type SystemState = "updated" | "ordered" | "waiting" | "failed";

/** `halted`: an agent of the present wave failed, so no further wave begins. */
export type RolloutState = "running" | "halted" | "done" | "cancelled";

export interface RolloutView {
  state: RolloutState;
  systems: { system: string; wave: number; state: SystemState; why?: string }[];
}

export function viewOf(rollout: Rollout): RolloutView {
  const { systems, wave, updated, failed, cancelled } = rollout;
  const waveOf = (i: number): number => Math.floor(i / wave);
  const firstOpen = systems.findIndex((system) => !updated.includes(system));
  const present = firstOpen < 0 ? Infinity : waveOf(firstOpen);
  const views = systems.map((system, i) => {
    const why = failed[system];
    const isUpdated = updated.includes(system);
    const state: SystemState = isUpdated
      ? "updated"
      : why !== undefined
        ? "failed"
        : waveOf(i) === present && !cancelled
          ? "ordered"
          : "waiting";
    return { system, wave: waveOf(i) + 1, state, ...(why === undefined || isUpdated ? {} : { why }) };
  });
  const isHalted = views.some(({ state }) => state === "failed");
  return { systems: views, state: present === Infinity ? "done" : cancelled ? "cancelled" : isHalted ? "halted" : "running" };
}

/** Systems of the present wave that have not reported yet: their agents are told, again at each connection. */
export function toBeOrdered(rollout: Rollout): string[] {
  return viewOf(rollout).systems.flatMap(({ system, state }) => (state === "ordered" ? [system] : []));
}

/** An agent connected with this version. */
export function reported(rollout: Rollout, { system, version }: AgentProgram): Rollout {
  const isNew = rollout.systems.includes(system) && !rollout.updated.includes(system);
  if (!isNew || compareProgramVersions(version, rollout.version) < 0) return rollout;
  return { ...rollout, updated: [...rollout.updated, system] };
}

/** An agent of the present wave could not be updated. */
export function failedIn(rollout: Rollout, system: string, why: string): Rollout {
  if (!toBeOrdered(rollout).includes(system)) return rollout;
  return { ...rollout, failed: { ...rollout.failed, [system]: why } };
}
