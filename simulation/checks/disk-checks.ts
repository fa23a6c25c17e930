import { compareGenerations, formatGeneration, unitKey, type Generation } from "@sitewright/protocol";
import type { Phase } from "../../packages/coordinator/src/domain/runs/run.ts";
import type { TaskWatch } from "../programs/tasks.ts";
import type { Violations } from "./violations.ts";

/** Checks what the disks of the systems undergo. */
export interface DiskChecks extends TaskWatch {
  /** The agent was killed: what it carried out has ended. */
  killed(system: string): void;
  /** What there is of a system. @returns Says that its machine is again as it was then. */
  copy(system: string): () => void;
  /** Its agent remembers nothing: what it is sent again it may carry out again. */
  forgotten(system: string): void;
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
  const forgetful = new Set<string>();
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
      const rises = before ? compareGenerations(generation, before) : 1;
      // One that remembers nothing may be told once more to exchange what it has exchanged.
      if (rises < 0 || (rises === 0 && !forgetful.has(system)))
        violations.note(
          "generations only rise",
          `on ${key}: ${formatGeneration(generation)} came after ${before && formatGeneration(before)}`,
        );
      live.set(key, generation);
    },
    killed(system) {
      for (const key of working.keys()) if (key.startsWith(`${system} `)) working.delete(key);
    },
    copy(system) {
      const [served, attempts] = [[...live].filter(([key]) => key.startsWith(`${system} `)), new Set(ends)];
      return () => {
        for (const key of live.keys()) if (key.startsWith(`${system} `)) live.delete(key);
        for (const [key, generation] of served) live.set(key, generation);
        for (const end of ends) if (end.startsWith(`${system} `) && !attempts.has(end)) ends.delete(end);
      };
    },
    forgotten(system) {
      forgetful.add(system);
      for (const end of ends) if (end.startsWith(`${system} `)) ends.delete(end);
    },
    hasFailed: ({ id, epoch }) => failures.has(`${id} ${epoch}`),
    hasHappened: ({ system, unit, task, generation }) => done.has(fact(system, unitKey(unit), task, generation)),
  };
}
