import { setImmediate as turn } from "node:timers/promises";
import { placeOfPhaseId } from "../../../domain/runs/phase-ids.ts";
import type { Phase } from "../../../domain/runs/run.ts";
import { KEYS, OLDER_KEYS } from "../keys.ts";
import { answered, BEGIN_PLAN, evalFenced, fencedCall, LIST_PLAN, SET_KEY, SET_PART, unlinkFenced } from "../scripts.ts";
import type { RedisClient } from "../server/connection.ts";
import type { PlanReader } from "./plan-reader.ts";
import { createPlanEncoder, partOf } from "./planned.ts";

/** Parts of one round trip. */
const BATCH = 50;
/** Fields of a plan beside its parts. */
const HEAD_FIELDS = 2;

/** Stores plans, and removes them. */
export interface PlanWriter {
  /** All of these phases are there at once, or none, also when Redis loses everything meanwhile. */
  write(run: string, phases: readonly Phase[]): Promise<void>;
  /** @returns Those of these phases which were in the plan. */
  remove(run: string, plan: string, among: readonly string[]): Promise<string[]>;
}

interface Part {
  number: number;
  /** As planned. */
  rows: string;
  /** Of the phases that are new as they are. */
  numbers: number[];
}

/** Throws `NOT_LEADING`. */
async function exec(pipeline: ReturnType<RedisClient["pipeline"]>): Promise<void> {
  for (const [error, answer] of (await pipeline.exec()) ?? []) {
    if (error) throw error;
    answered(answer);
  }
}

export function createPlanWriter({ redis, lease, reader }: { redis: RedisClient; lease: string; reader: PlanReader }): PlanWriter {
  /** @returns How many fields the plan has then. */
  async function write(run: string, plan: string, phases: readonly Phase[]): Promise<number> {
    const known = await reader.head(plan);
    const before = known ? await reader.parts(plan) : [];
    const encoder = createPlanEncoder({ run, plan }, known?.shared ?? { systems: [], units: [] });
    const parts: Part[] = [];
    for (const [number, added] of Map.groupBy(phases, (phase) => partOf(phase.number))) {
      const there = known ? await reader.read(known, [number]) : new Map<number, Phase>();
      for (const phase of added) there.set(phase.number, phase);
      if (there.size < added.length) throw new Error(`two phases of run ${run} have one number`);
      parts.push({ number, rows: encoder.part([...there.values()]), numbers: added.map((phase) => phase.number) });
      await turn();
    }
    // Named before anything is stored, so that nothing is left that no list names.
    const plans = KEYS.runPlans(run);
    await evalFenced(redis, BEGIN_PLAN, lease, [plans, KEYS.plan(plan)], [plan, run, encoder.shared() ?? ""]);
    for (let from = 0; from < parts.length; from += BATCH) await setParts(plan, parts.slice(from, from + BATCH));
    await placeOthers(plan, phases);
    reader.forget(plan);
    const numbers = new Set([...before, ...parts.map(({ number }) => number)]);
    return numbers.size + HEAD_FIELDS;
  }

  async function setParts(plan: string, parts: readonly Part[]): Promise<void> {
    const pipeline = redis.pipeline();
    for (const { number, rows, numbers } of parts) {
      const keys = [KEYS.plan(plan), KEYS.planChanged(plan, number), KEYS.planDetails(plan)];
      pipeline.eval(...fencedCall(SET_PART, lease, keys, [number, rows, ...numbers]));
    }
    await exec(pipeline);
  }

  /** Notes the places of phases whose ids do not tell it. */
  async function placeOthers(plan: string, phases: readonly Phase[]): Promise<void> {
    const others = phases.filter((phase) => planOf(phase) === undefined);
    for (let from = 0; from < others.length; from += 10 * BATCH) {
      const pipeline = redis.pipeline();
      for (const { id, number } of others.slice(from, from + 10 * BATCH))
        pipeline.eval(...fencedCall(SET_KEY, lease, [KEYS.phaseAt(id)], [`${number} ${plan}`]));
      await exec(pipeline);
    }
  }

  /** @returns false: some of it is lost. */
  async function list(run: string, plan: string, fields: number): Promise<boolean> {
    const keys = [KEYS.runPlans(run), KEYS.plan(plan), OLDER_KEYS.phases(run), OLDER_KEYS.moved(run)];
    return (await evalFenced(redis, LIST_PLAN, lease, keys, [plan, fields])) === 1;
  }

  return {
    async write(run, phases) {
      const plans = Map.groupBy(phases, (phase) => planOf(phase) ?? run);
      const fields = new Map<string, number>();
      for (const [plan, own] of plans) fields.set(plan, await write(run, plan, own));
      for (const [plan, own] of plans)
        for (let count = fields.get(plan) ?? 0; !(await list(run, plan, count));) count = await write(run, plan, own);
    },
    async remove(run, plan, among) {
      const parts = await reader.parts(plan);
      // Only a plan that is named like its run has phases whose ids do not tell where they are.
      const head = plan === run ? await reader.head(plan) : undefined;
      const ids = head ? [...(await reader.read(head, parts)).values()].map(({ id }) => id) : [];
      const keys = parts.map((part) => KEYS.planChanged(plan, part));
      const all = [...keys, ...ids.map(KEYS.phaseAt), KEYS.planDetails(plan), KEYS.plan(plan)];
      await unlinkFenced(redis, lease, all);
      reader.forget(plan);
      const own = new Set(ids);
      return among.filter((id) => own.has(id) || placeOfPhaseId(id)?.plan === plan);
    },
  };
}

/** Undefined: its id does not tell it. */
function planOf({ id, number }: Phase): string | undefined {
  const place = placeOfPhaseId(id);
  return place?.number === number ? place.plan : undefined;
}
