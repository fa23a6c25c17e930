import { ENDED } from "@sitewright/protocol";
import { placeOfPhaseId, type PlanPlace } from "../../../domain/runs/phase-ids.ts";
import type { Phase } from "../../../domain/runs/run.ts";
import { KEYS } from "../keys.ts";
import { unusable } from "../records.ts";
import { CHANGE_PHASE, evalFenced, FORGET_FIELDS, unlinkFenced } from "../scripts.ts";
import type { RedisClient } from "../server/connection.ts";
import { decodeChanged, encodeChanged, hasDetails, newRevision, REVISION } from "./changed.ts";
import { createOlderPhases } from "./older-phases.ts";
import { createPlanReader, decoded, type PlanHead } from "./plan-reader.ts";
import { createPlanWriter } from "./plan-writer.ts";
import { PART, partOf } from "./planned.ts";

/** Parts that are read in one round trip. */
const PARTS_AT_ONCE = 8;

/** Phases that are remembered as this process stored them: more than are under way. */
const REMEMBERED = 4_096;

/** How often a phase is read that is changed between the two reads of it. */
const MOST_READS = 20;

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

interface Stored {
  planned: Phase;
  phase: Phase;
  /** "": as planned. */
  revision: string;
}

interface Located extends Stored {
  place: PlanPlace;
}

/** What was read of the changes of a phase, each with its revision. */
interface Read {
  text: string | null | undefined;
  details: string | null | undefined;
}

/** False: it was changed between the two. */
function isWhole({ text, details }: Read): boolean {
  return !text || !hasDetails(text.slice(REVISION)) || details?.slice(0, REVISION) === text.slice(0, REVISION);
}

/** @param lease Of this coordinator; "": it has none. */
export function createPhaseStore(redis: RedisClient, lease: string): PhaseStore {
  const reader = createPlanReader(redis);
  const older = createOlderPhases(redis, lease);
  const writer = createPlanWriter({ redis, lease, reader });
  /** By id, phases that this process changed last, and that have not ended: their next change needs no look at Redis. */
  const changedLast = new Map<string, Located>();
  /** By run; its phases are stored once. */
  const counts = new Map<string, number>();
  /** Runs whose phases are being moved from form 1 into a plan. */
  const moving = new Map<string, Promise<void>>();

  async function listedPlans(run: string): Promise<string[]> {
    const plans = Object.entries(await redis.hgetall(KEYS.runPlans(run)));
    return plans.flatMap(([plan, state]) => (state === "listed" ? [plan] : []));
  }

  async function placeOf(id: string): Promise<PlanPlace | undefined> {
    const told = placeOfPhaseId(id);
    if (told) return told;
    const [number, plan] = (await redis.get(KEYS.phaseAt(id)))?.split(" ") ?? [];
    // The plan of such phases is named like their run. One that is not listed was left by a coordinator that was killed.
    if (plan === undefined || (await redis.hget(KEYS.runPlans(plan), plan)) !== "listed") return undefined;
    return { plan, number: Number(number) };
  }

  async function storedAt({ plan, number }: PlanPlace): Promise<Stored | undefined> {
    for (let reads = 0; reads < MOST_READS; reads++) {
      const planned = await reader.planned({ plan, number });
      const changed = planned && (await readChanged({ plan, number }));
      if (!planned || !changed) {
        // Stored since it was looked for, perhaps; or Redis was emptied meanwhile.
        reader.forget(plan);
        return undefined;
      }
      if (isWhole(changed)) return storedAs(planned, changed);
    }
    throw unusable(KEYS.planDetails(plan), `what belongs to the change of phase ${number} is missing`);
  }

  /** Undefined: its part is not there. */
  async function readChanged({ plan, number }: PlanPlace): Promise<Read | undefined> {
    const [key, field] = [KEYS.plan(plan), String(number)];
    const commands = redis
      .pipeline()
      .hexists(key, String(partOf(number)))
      .hget(KEYS.planChanged(plan, partOf(number)), field);
    const answers = (await commands.hget(KEYS.planDetails(plan), field).exec()) ?? [];
    const [isThere, text, details] = answers.map(([error, answer]) => {
      if (error) throw error;
      return answer as string | number | null;
    });
    return isThere === 1 ? { text: text as string | null, details: details as string | null } : undefined;
  }

  function storedAs(planned: Phase, { text, details }: Read): Stored {
    if (!text) return { planned, phase: planned, revision: "" };
    const changed = { text: text.slice(REVISION), details: details?.slice(REVISION) ?? "" };
    const place = `of phase ${planned.number} of run ${planned.run}`;
    return { planned, phase: decoded(place, () => decodeChanged(planned, changed)), revision: text.slice(0, REVISION) };
  }

  async function* phasesOfPlan(head: PlanHead): AsyncGenerator<Phase[], void> {
    const parts = await reader.parts(head.plan);
    for (let from = 0; from < parts.length; from += PARTS_AT_ONCE) {
      const some = parts.slice(from, from + PARTS_AT_ONCE);
      const planned = await reader.read(head, some);
      const changes = redis.pipeline();
      for (const part of some) changes.hgetall(KEYS.planChanged(head.plan, part));
      const texts = new Map<string, string>();
      for (const [error, fields] of (await changes.exec()) ?? []) {
        if (error) throw error;
        for (const [number, text] of Object.entries(fields as Record<string, string>)) texts.set(number, text);
      }
      const withDetails = [...texts].flatMap(([number, text]) => (hasDetails(text.slice(REVISION)) ? [number] : []));
      const details = await detailsOf(head.plan, withDetails);
      const phases: Phase[] = [];
      for (const [number, phase] of planned) {
        const changed = { text: texts.get(String(number)), details: details.get(String(number)) };
        const stored = isWhole(changed) ? storedAs(phase, changed) : await storedAt({ plan: head.plan, number });
        if (stored) phases.push(stored.phase);
      }
      yield phases;
    }
  }

  async function detailsOf(plan: string, numbers: readonly string[]): Promise<Map<string, string>> {
    if (numbers.length === 0) return new Map();
    const texts = await redis.hmget(KEYS.planDetails(plan), ...numbers);
    return new Map(texts.flatMap((text, i) => (text === null ? [] : [[numbers[i] ?? "", text] as const])));
  }

  async function phasesOf(run: string): Promise<Phase[]> {
    if (await older.has(run)) return older.of(run);
    const phases: Phase[] = [];
    const plans = await listedPlans(run);
    for (const plan of plans) {
      reader.forget(plan);
      const head = await reader.head(plan);
      if (head) for await (const some of phasesOfPlan(head)) phases.push(...some);
    }
    return plans.length > 1 ? phases.sort((a, b) => a.number - b.number) : phases;
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
    const stored = place && (await storedAt(place));
    return place && stored && from.includes(stored.phase.state) ? { ...stored, place } : undefined;
  }

  /** As what it is in Redis probably, which the revision guards: as this process stored it last, or as it was planned. */
  async function assumed(id: string, from: readonly Phase["state"][]): Promise<Located | undefined> {
    const known = changedLast.get(id);
    changedLast.delete(id);
    if (known) return from.includes(known.phase.state) ? known : undefined;
    const place = placeOfPhaseId(id);
    const planned = place && (await reader.planned(place));
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
      if (!likely) reader.forget(place.plan);
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
      return place ? (await storedAt(place))?.phase : older.phase(id);
    },
    change,
    async count(run) {
      const known = counts.get(run);
      if (known) return known;
      const plans = await listedPlans(run);
      const fields = await Promise.all(plans.map((plan) => redis.hlen(KEYS.plan(plan))));
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
