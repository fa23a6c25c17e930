import { ENDED } from "@sitewright/protocol";
import { placeOfPhaseId, type PlanPlace } from "../../../domain/runs/phase-ids.ts";
import type { Phase } from "../../../domain/runs/run.ts";
import { KEYS } from "../keys.ts";
import { CHANGE_PHASE, evalFenced, FORGET_FIELDS, unlinkFenced } from "../scripts.ts";
import type { RedisClient } from "../server/connection.ts";
import { encodeChanged, newRevision } from "./changed.ts";
import { createOlderPhases } from "./older-phases.ts";
import { createPhaseReader, type Stored } from "./phase-reader.ts";
import { createPlanReader } from "./plan-reader.ts";
import { createPlanWriter } from "./plan-writer.ts";
import { PART, partOf } from "./planned.ts";

/** Phases that are remembered as this process stored them: more than are under way. */
const REMEMBERED = 4_096;

/** The phases of runs in Redis: as planned, and what has changed since. */
export interface PhaseStore {
  /** Stores them as they are, replacing what is there under their ids. */
  add(run: string, phases: readonly Phase[]): Promise<void>;
  /** In the order of the plan. Throws `DATA_FILE_UNUSABLE`, also the next one. */
  of(run: string): Promise<Phase[]>;
  phase(id: string): Promise<Phase | undefined>;
  /** As `RunStore.changePhase`. */
  change(id: string, from: readonly Phase["state"][], change: (phase: Phase) => Phase): Promise<Phase | undefined>;
  /** Number of phases of a run, up to those of three parts for each plan more. */
  count(run: string): Promise<number>;
  /** Removes the plans that a coordinator began to store, but was killed before it listed them. Throws `NOT_LEADING`. */
  forgetUnlisted(run: string): Promise<void>;
  /** Removes all of a run. Throws `NOT_LEADING`. @returns Those of these phases which are among them. */
  forget(run: string, among: readonly string[]): Promise<string[]>;
}

interface Located extends Stored {
  place: PlanPlace;
}

/** @param lease Of this coordinator; "": it has none. */
export function createPhaseStore(redis: RedisClient, lease: string): PhaseStore {
  const plans = createPlanReader(redis);
  const reader = createPhaseReader(redis, plans);
  const older = createOlderPhases(redis, lease);
  const writer = createPlanWriter({ redis, lease, reader: plans });
  /** By id, phases that this process changed last, and that have not ended: their next change needs no look at Redis. */
  const changedLast = new Map<string, Located>();
  /** By run; its phases are stored once. */
  const counts = new Map<string, number>();
  /** Runs whose phases are being moved from form 1 into a plan. */
  const moving = new Map<string, Promise<void>>();

  async function listedPlans(run: string): Promise<string[]> {
    const states = Object.entries(await redis.hgetall(KEYS.runPlans(run)));
    return states.flatMap(([plan, state]) => (state === "listed" ? [plan] : []));
  }

  async function placeOf(id: string): Promise<PlanPlace | undefined> {
    const told = placeOfPhaseId(id);
    if (told) return told;
    const [number, plan] = (await redis.get(KEYS.phaseAt(id)))?.split(" ") ?? [];
    // The plan of such phases is named like their run. One that is not listed was left by a coordinator that was killed.
    if (plan === undefined || (await redis.hget(KEYS.runPlans(plan), plan)) !== "listed") return undefined;
    return { plan, number: Number(number) };
  }

  async function phasesOf(run: string): Promise<Phase[]> {
    if (await older.has(run)) return older.of(run);
    const phases: Phase[] = [];
    const listed = await listedPlans(run);
    for (const plan of listed) {
      plans.forget(plan);
      const head = await plans.head(plan);
      if (head) for await (const some of reader.ofPlan(head)) phases.push(...some);
    }
    return listed.length > 1 ? phases.sort((a, b) => a.number - b.number) : phases;
  }

  async function moveNow(run: string): Promise<void> {
    await forgetUnlisted(run);
    await writer.write(run, await older.of(run));
    await older.forgetMoved(run);
  }

  /** Moves the phases of a run of form 1 into a plan. */
  async function move(run: string): Promise<void> {
    const underWay = moving.get(run) ?? moveNow(run);
    moving.set(run, underWay);
    try {
      await underWay;
    } finally {
      moving.delete(run);
    }
  }

  /** Where a phase is, and as what, if Redis says that it can be changed. */
  async function toChange(id: string, from: readonly Phase["state"][]): Promise<Located | undefined> {
    let place = await placeOf(id);
    if (!place) {
      const old = await older.phase(id);
      if (!old || !(await older.has(old.run))) return undefined;
      await move(old.run);
      place = await placeOf(id);
    }
    const stored = place && (await reader.at(place));
    return place && stored && from.includes(stored.phase.state) ? { ...stored, place } : undefined;
  }

  /** As what it is in Redis probably, which the revision guards: as this process stored it last, or as it was planned. */
  async function assumed(id: string, from: readonly Phase["state"][]): Promise<Located | undefined> {
    const known = changedLast.get(id);
    changedLast.delete(id);
    if (known) return from.includes(known.phase.state) ? known : undefined;
    const place = placeOfPhaseId(id);
    const planned = place && (await plans.planned(place));
    return planned && from.includes(planned.state) ? { planned, phase: planned, revision: "", place } : undefined;
  }

  async function change(id: string, from: readonly Phase["state"][], to: (phase: Phase) => Phase): Promise<Phase | undefined> {
    for (let isFirst = true; ; isFirst = false) {
      const likely = isFirst ? await assumed(id, from) : undefined;
      const stored = likely ?? (await toChange(id, from));
      if (!stored) return undefined;
      const { place, planned } = stored;
      const phase = to(stored.phase);
      const revision = newRevision();
      const { text, details } = encodeChanged(planned, phase);
      const part = partOf(place.number);
      const keys = [KEYS.plan(place.plan), KEYS.planChanged(place.plan, part), KEYS.planDetails(place.plan)];
      const args = [part, place.number, stored.revision, revision, text, details];
      if ((await evalFenced(redis, CHANGE_PHASE, lease, keys, args)) === 1) {
        if (!ENDED.has(phase.state)) remember(id, { planned, phase, revision, place });
        return phase;
      }
      if (!likely) plans.forget(place.plan);
    }
  }

  function remember(id: string, stored: Located): void {
    changedLast.set(id, stored);
    const [oldest] = changedLast.keys();
    if (changedLast.size > REMEMBERED && oldest !== undefined) changedLast.delete(oldest);
  }

  return {
    async add(run, phases) {
      if (phases.length === 0) return;
      if (await older.has(run)) await move(run);
      await forgetUnlisted(run);
      await writer.write(run, phases);
      await older.forgetMoved(run);
    },
    of: phasesOf,
    async phase(id) {
      const place = await placeOf(id);
      return place ? (await reader.at(place))?.phase : older.phase(id);
    },
    change,
    async count(run) {
      const known = counts.get(run);
      if (known) return known;
      const listed = await listedPlans(run);
      const fields = await Promise.all(listed.map((plan) => redis.hlen(KEYS.plan(plan))));
      const count = fields.reduce((sum, parts) => sum + parts * PART, 0);
      if (count > 0) counts.set(run, count);
      return count;
    },
    forgetUnlisted,
    async forget(run, among) {
      const found: string[] = [];
      for (const plan of Object.keys(await redis.hgetall(KEYS.runPlans(run)))) found.push(...(await writer.remove(run, plan, among)));
      const ids = new Set(await older.forget(run));
      await unlinkFenced(redis, lease, [KEYS.runPlans(run)]);
      counts.delete(run);
      return [...found, ...among.filter((id) => ids.has(id))];
    },
  };

  async function forgetUnlisted(run: string): Promise<void> {
    for (const [plan, state] of Object.entries(await redis.hgetall(KEYS.runPlans(run)))) {
      if (state === "listed") continue;
      await writer.remove(run, plan, []);
      await evalFenced(redis, FORGET_FIELDS, lease, [KEYS.runPlans(run)], [plan]);
    }
    await older.forgetMoved(run);
  }
}
