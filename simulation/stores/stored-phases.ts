import { decodeChanged, REVISION } from "../../packages/coordinator/src/adapters/redis/phases/changed.ts";
import { decodePart, decodeShared, partOf } from "../../packages/coordinator/src/adapters/redis/phases/planned.ts";
import type { PlanPlace } from "../../packages/coordinator/src/domain/runs/phase-ids.ts";
import type { Phase } from "../../packages/coordinator/src/domain/runs/run.ts";
import type { Value } from "./commands.ts";
import type { SimulatedRedis } from "./redis.ts";

/** Looks at a phase as it is stored, without delay. */
export function storedPhase(redis: Pick<SimulatedRedis, "peek">, { plan, number }: PlanPlace): Phase | undefined {
  const planned = partAsPlanned(redis, plan, partOf(number)).get(number);
  return planned && withChanges(redis, plan, planned);
}

/** All phases of some parts of a plan. */
export function storedParts(redis: Pick<SimulatedRedis, "peek">, plan: string, parts: readonly string[]): Phase[] {
  const planned = parts.flatMap((part) => [...partAsPlanned(redis, plan, Number(part)).values()]);
  return planned.map((phase) => withChanges(redis, plan, phase));
}

/** Fields of a hash that were set, changed or deleted. */
export function changedFields(before: Value | undefined, after: Value | undefined): string[] {
  const [was, is] = [fields(before), fields(after)];
  return [...new Set([...was.keys(), ...is.keys()])].filter((name) => was.get(name) !== is.get(name));
}

function partAsPlanned({ peek }: Pick<SimulatedRedis, "peek">, plan: string, part: number): Map<number, Phase> {
  const stored = fields(peek(`{sw}:plan:${plan}`));
  const [run, shared, rows] = [stored.get("run"), stored.get("shared"), stored.get(String(part))];
  if (run === undefined || shared === undefined || rows === undefined) return new Map();
  return decodePart({ run, plan }, part, rows, decodeShared(shared));
}

function withChanges({ peek }: Pick<SimulatedRedis, "peek">, plan: string, planned: Phase): Phase {
  const number = String(planned.number);
  const text = fields(peek(`{sw}:plan:${plan}:${partOf(planned.number)}`)).get(number);
  if (text === undefined) return planned;
  const details = fields(peek(`{sw}:plan:${plan}:details`)).get(number) ?? "";
  return decodeChanged(planned, { text: text.slice(REVISION), details: details.slice(REVISION) });
}

function fields(value: Value | undefined): Map<string, string> {
  return (value ?? new Map<string, string>()) as Map<string, string>;
}
