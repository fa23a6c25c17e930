import { ENDED, compareGenerations, unitKey } from "@sitewright/protocol";
import { OPEN, UNDER_WAY } from "../../packages/coordinator/src/domain/runs/phase.ts";
import type { Phase, Run } from "../../packages/coordinator/src/domain/runs/run.ts";
import type { Hierarchy } from "../../packages/coordinator/src/domain/sites/hierarchy.ts";
import { placeOfPhaseId } from "../../packages/coordinator/src/domain/runs/phase-ids.ts";
import { KEYS } from "../../packages/coordinator/src/adapters/redis/keys.ts";
import type { Value } from "../stores/commands.ts";
import { changedFields, storedParts, storedPhase } from "../stores/stored-phases.ts";
import type { SimulatedRedis } from "../stores/redis.ts";
import { TIMINGS } from "../programs/coordinator.ts";
import type { DiskChecks } from "./disk-checks.ts";
import type { Violations } from "./violations.ts";

/** One that changed its state this lately has not stalled yet; whether others have is not stored. */
const ACTIVE_MS = 20_000;
const PER_SYSTEM = 2;
/** After a pause the time of an order counts from the coordinator's last look at it, at most this before it is released again, ms. */
const TICK_MS = 500;

export interface StoreChecks {
  phases(): Iterable<Phase>;
  runs(): Iterable<Run>;
  /** It is stored, or was until it had ended, and is forgotten now. */
  isKnown(run: string): boolean;
  phasesOf(run: string): Phase[];
  /** Another coordinator reads what is stored: from now on that is the truth. */
  restarted(): void;
  /** Whatever Redis lost has been stored again. */
  settled(): void;
}

interface Stored extends Phase {
  /** Redis lost a change of it: what the coordinator has in memory counts, and will be stored again. */
  isOutdated?: true;
}

export interface StoreChecksDeps {
  redis: SimulatedRedis;
  violations: Violations;
  now: () => number;
  hierarchy: () => Hierarchy | undefined;
  disks: Pick<DiskChecks, "hasHappened" | "hasFailed">;
}

/** Checks each change of a run or a phase as it is stored, by what else is stored then. */
export function createStoreChecks({ redis, violations, now, hierarchy, disks }: StoreChecksDeps): StoreChecks {
  const phases = new Map<string, Stored>();
  const runs = new Map<string, Run>();
  const ended = new Set<string>();
  /** Last state of each phase, and since when, ms since 1970; that Redis loses it changes nothing. */
  const moved = new Map<string, { far: string; at: number }>();
  /** Since a coordinator read what is stored. */
  let hasLost = false;
  /** Lease of the coordinator that read what is stored; undefined: there is one alone. */
  let leader: Value | undefined;
  const name = ({ run, number, task, system, unit, epoch }: Phase): string =>
    `${task} of ${unitKey(unit)} on ${system} (phase ${number} of run ${nameOf(run)}, attempt ${epoch})`;
  const nameOf = (run: string): number => [...runs.keys()].indexOf(run) + 1;

  redis.onChange = (key, before) => {
    const [, kind, id = "", more] = key.split(":");
    if (kind === "plan" && more === undefined && redis.peek(key) === undefined) planRemoved(id);
    else if (kind === "plan" && more === undefined)
      for (const phase of storedParts(redis, id, changedFields(before, redis.peek(key)))) phaseChanged(phase);
    else if (kind === "plan" && more !== "details")
      for (const number of changedFields(before, redis.peek(key))) {
        const phase = storedPhase(redis, { plan: id, number: Number(number) });
        if (phase) phaseChanged(phase);
      }
    else if (kind === "run" && more === "plans")
      for (const plan of changedFields(before, redis.peek(key))) planListed(plan, redis.peek(key));
    else if (kind === "run" && more === undefined) runChanged(id, read<Run>(redis.peek(key) as string | undefined));
  };
  redis.onLoss = () => {
    findForgotten();
    hasLost = true;
    // One that had led before leads again, as it lost nothing: it has stored what it knows, or will.
    const isFormer = redis.peek(KEYS.leader) !== leader;
    for (const id of phases.keys()) {
      const place = placeOfPhaseId(id);
      const stored = place && storedPhase(redis, place);
      const before = phases.get(id);
      if (!stored) phases.delete(id);
      else if (isFormer || before?.state !== stored.state || before.epoch !== stored.epoch) phases.set(id, { ...stored, isOutdated: true });
    }
    for (const id of runs.keys()) {
      const stored = read<Run>(redis.peek(`{sw}:run:${id}`) as string | undefined);
      if (stored) runs.set(id, stored);
      else runs.delete(id);
    }
  };

  /** Runs that were forgotten since what Redis has now: it has them again. */
  function findForgotten(): void {
    for (const id of ((redis.peek(KEYS.runs) ?? new Map()) as Map<string, number>).keys()) {
      const stored = runs.has(id) ? undefined : read<Run>(redis.peek(KEYS.run(id)) as string | undefined);
      if (!stored) continue;
      runs.set(id, stored);
      for (const plan of changedFields(undefined, redis.peek(KEYS.runPlans(id))))
        for (const phase of storedParts(redis, plan, changedFields(undefined, redis.peek(KEYS.plan(plan))))) phases.set(phase.id, phase);
    }
  }

  function planListed(plan: string, plans: Value | undefined): void {
    const isListed = (plans as Map<string, string> | undefined)?.get(plan) === "listed";
    if (isListed && storedParts(redis, plan, changedFields(undefined, redis.peek(KEYS.plan(plan)))).length === 0)
      violations.note("a plan is there as a whole", `${plan} is listed without its phases`);
  }

  /** By a coordinator that found it written in part, say. */
  function planRemoved(plan: string): void {
    for (const id of phases.keys()) if (placeOfPhaseId(id)?.plan === plan) phases.delete(id);
  }

  function phaseChanged(after: Phase): void {
    const { id } = after;
    const before = phases.get(id);
    const isSame = before?.state === after.state && before.epoch === after.epoch;
    phases.set(id, { ...after, ...(isSame && before.isOutdated ? { isOutdated: true } : {}) });
    if (before && !isSame && !before.isOutdated) checkGivenUp(before, after);
    const far = `${after.state} ${after.epoch}`;
    if (!before?.isOutdated && moved.get(id)?.far !== far) moved.set(id, { far, at: now() });
    if (isSame) return;
    // Redis lost that it was tried again: how that attempt ended is stored once more.
    const isRestored = before?.isOutdated && after.epoch > before.epoch;
    if (before && ENDED.has(before.state) && !isRestored) checkEndedOnce(before, after);
    if (after.state === "released" && before?.state !== "released") checkRelease(after);
    if (after.state === "done" && !disks.hasHappened(after)) violations.note("what is done has happened", name(after));
    if (before && compareGenerations(after.generation, before.generation) < 0) violations.note("generations only rise", name(after));
  }

  function checkEndedOnce(before: Phase, after: Phase): void {
    if (ENDED.has(after.state)) violations.note("an order has one end", `${name(after)} was ${before.state}, and then ${after.state}`);
    else if (after.epoch <= before.epoch && runs.get(after.run)?.state !== "preparing")
      violations.note("an order has one end", `${name(after)} was ${before.state}, and ${after.state} again in the same attempt`);
  }

  /** By the true time, whatever the coordinator's clock was set to. */
  function checkGivenUp(before: Phase, after: Phase): void {
    const isLast = after.state === "failed" && after.outcome?.kind === "failed" && after.outcome.code === "NO_PROGRESS";
    const isNext = UNDER_WAY.includes(before.state) && after.epoch > before.epoch;
    const idle = now() - (moved.get(after.id)?.at ?? 0);
    if ((isNext || isLast) && !disks.hasFailed(before) && idle < TIMINGS.giveUpMs - TICK_MS)
      violations.note("no attempt is given up early", `${name(before)} was, after ${idle} ms`);
  }

  function checkRelease(phase: Phase): void {
    const earlier = phase.after === undefined ? undefined : phases.get(phase.after);
    if (phase.after !== undefined && earlier?.state !== "done" && !earlier?.isOutdated)
      violations.note("tasks keep their order", `${name(phase)} was released while what comes first is ${earlier?.state}`);
    const others = [...phases.values()].filter(({ id, state, isOutdated }) => id !== phase.id && UNDER_WAY.includes(state) && !isOutdated);
    const ofSystem = others.filter(({ system }) => system === phase.system);
    const twin = ofSystem.find(({ unit }) => unitKey(unit) === unitKey(phase.unit));
    if (twin) violations.note("one order of a unit at a time", `${name(phase)} was released beside ${name(twin)}`);
    if (ofSystem.length >= PER_SYSTEM) violations.note("slots of a system", name(phase));
    const active = others.filter(({ id }) => now() - (moved.get(id)?.at ?? 0) < ACTIVE_MS);
    checkAddress(phase, active);
    checkPermits(phase, active);
  }

  function checkAddress(phase: Phase, active: readonly Phase[]): void {
    if (phase.task !== "stage" || phase.address === undefined) return;
    const current = hierarchy();
    // What was planned before its system moved keeps its place among those of the line of then.
    if (current?.systems.get(phase.system)?.site !== phase.address) return;
    const slots = current.addresses.get(phase.address)?.concurrency ?? Infinity;
    const taken = active.filter(({ task, address }) => task === "stage" && address === phase.address).length;
    if (taken >= slots) violations.note("slots of a line", `${name(phase)}: ${taken} of ${slots} were taken`);
  }

  function checkPermits(phase: Phase, active: readonly Phase[]): void {
    const takes = ({ task }: Phase): boolean => task === "activate" || task === "undo" || task === "remove";
    if (!takes(phase)) return;
    const same = active.filter((other) => takes(other) && other.site === phase.site && other.unit.role === phase.unit.role);
    const systems = new Set(same.map(({ system }) => system));
    const most = runs.get(phase.run)?.options.maxUnavailable ?? Infinity;
    if (systems.size >= most && !systems.has(phase.system))
      violations.note("systems unavailable at once", `${name(phase)}: ${[...systems].join()}`);
  }

  function runChanged(id: string, after: Run | undefined): void {
    const before = runs.get(id);
    if (!after) return void runs.delete(id);
    runs.set(id, after);
    if (after.endedAt !== undefined) ended.add(id);
    if (after.endedAt === undefined || before?.endedAt !== undefined) return;
    const own = self.phasesOf(id);
    if (before && own.length === 0 && after.state === "done" && !hasLost)
      violations.note("a run ends with its phases", `run ${nameOf(id)} is done without any`);
    const open = (own as Stored[]).find(({ state, isOutdated }) => OPEN.includes(state) && !isOutdated);
    if (open) violations.note("a run ends with its phases", `run ${nameOf(id)} is ${after.state}, and ${name(open)} is ${open.state}`);
    if (before?.state === "cancelled" && after.state !== "cancelled")
      violations.note("a cancelled run stays so", `run ${nameOf(id)} is ${after.state}`);
  }

  const self: StoreChecks = {
    phases: () => phases.values(),
    runs: () => runs.values(),
    isKnown: (run) => runs.has(run) || ended.has(run),
    settled() {
      for (const { id, endedAt } of runs.values()) {
        const open = endedAt === undefined ? undefined : self.phasesOf(id).find(({ state }) => OPEN.includes(state));
        if (open) violations.note("a run ends with its phases", `run ${nameOf(id)} has ended, and ${name(open)} is ${open.state}`);
      }
    },
    restarted() {
      hasLost = false;
      leader = redis.peek(KEYS.leader);
      for (const [id, { isOutdated: _, ...phase }] of phases) phases.set(id, phase);
    },
    phasesOf: (run) => [...phases.values()].filter((phase) => phase.run === run),
  };
  return self;
}

function read<T>(json: string | undefined): T | undefined {
  return json === undefined ? undefined : (JSON.parse(json) as T);
}
