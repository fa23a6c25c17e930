import { compareGenerations, formatGeneration, unitKey, type Generation } from "@sitewright/protocol";
import type { Phase } from "../../packages/coordinator/src/domain/runs/run.ts";
import type { TaskWatch } from "../programs/tasks.ts";
import type { Violations } from "./violations.ts";

/** Checks what the disks of the systems undergo. */
export interface DiskChecks extends TaskWatch {
  /** The agent was killed: what it carried out has ended. */
  killed(system: string): void;
  hasHappened(phase: Phase): boolean;
  /** The attempt did not succeed on its system. */
  hasFailed(phase: Phase): boolean;
}

export function createDiskChecks(violations: Violations): DiskChecks {
  /** By system and unit: the order that works on it. */
  const working = new Map<string, string>();
  /** By system and unit: the generation that clients read last. */
  const live = new Map<string, Generation>();
  /** Tasks with their generation that were completed, by system and unit. */
  const done = new Set<string>();
  const ends = new Set<string>();
  /** Attempts of orders. */
  const failures = new Set<string>();
  const fact = (system: string, unit: string, task: string, generation: Generation): string =>
    `${system} ${unit} ${task} ${formatGeneration(generation)}`;

  return {
    begins(system, order) {
      const key = `${system} ${unitKey(order.unit)}`;
      if (working.has(key))
        violations.note("one order of a unit at a time", `on ${key}: ${order.task.kind} began during ${working.get(key)}`);
      working.set(key, order.task.kind);
    },
    ended(system, order, outcome) {
      const unit = unitKey(order.unit);
      working.delete(`${system} ${unit}`);
      if (outcome.kind === "failed") return void failures.add(`${order.id} ${order.epoch}`);
      const end = `${system} ${order.id} ${order.epoch}`;
      if (ends.has(end))
        violations.note("an order is carried out once", `${order.task.kind} of ${unit} on ${system}, attempt ${order.epoch}`);
      ends.add(end);
      done.add(fact(system, unit, order.task.kind, order.generation));
    },
    exchanged(system, unit, generation) {
      const key = `${system} ${unitKey(unit)}`;
      const before = live.get(key);
      if (before && compareGenerations(generation, before) <= 0)
        violations.note("generations only rise", `on ${key}: ${formatGeneration(generation)} came after ${formatGeneration(before)}`);
      live.set(key, generation);
    },
    killed(system) {
      for (const key of working.keys()) if (key.startsWith(`${system} `)) working.delete(key);
    },
    hasFailed: ({ id, epoch }) => failures.has(`${id} ${epoch}`),
    hasHappened: ({ system, unit, task, generation }) => done.has(fact(system, unitKey(unit), task, generation)),
  };
}
