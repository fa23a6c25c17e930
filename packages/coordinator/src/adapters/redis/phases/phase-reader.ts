import type { PlanPlace } from "../../../domain/runs/phase-ids.ts";
import type { Phase } from "../../../domain/runs/run.ts";
import { KEYS } from "../keys.ts";
import { unusable } from "../records.ts";
import type { RedisClient } from "../server/connection.ts";
import { decodeChanged, hasDetails, REVISION } from "./changed.ts";
import { decoded, type PlanHead, type PlanReader } from "./plan-reader.ts";
import { partOf } from "./planned.ts";

/** Parts that are read in one round trip. */
const PARTS_AT_ONCE = 8;

/** How often a phase is read that is changed between the two reads of it. */
const MOST_READS = 20;

/** A phase as it is: as planned, and what has changed since. */
export interface Stored {
  planned: Phase;
  phase: Phase;
  /** "": as planned. */
  revision: string;
}

/** Reads phases as they are. */
export interface PhaseReader {
  /** Undefined: it is not there. Throws `DATA_FILE_UNUSABLE`. */
  at(place: PlanPlace): Promise<Stored | undefined>;
  /** All of a plan, in its order, some at a time. Throws `DATA_FILE_UNUSABLE`. */
  ofPlan(head: PlanHead): AsyncGenerator<Phase[], void>;
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

export function createPhaseReader(redis: RedisClient, plans: PlanReader): PhaseReader {
  async function at({ plan, number }: PlanPlace): Promise<Stored | undefined> {
    for (let reads = 0; reads < MOST_READS; reads++) {
      const planned = await plans.planned({ plan, number });
      const changed = planned && (await readChanged({ plan, number }));
      if (!planned || !changed) {
        // Stored since it was looked for, perhaps; or Redis was emptied meanwhile.
        plans.forget(plan);
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

  async function* ofPlan(head: PlanHead): AsyncGenerator<Phase[], void> {
    const parts = await plans.parts(head.plan);
    for (let from = 0; from < parts.length; from += PARTS_AT_ONCE) {
      const some = parts.slice(from, from + PARTS_AT_ONCE);
      const planned = await plans.read(head, some);
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
        const stored = isWhole(changed) ? storedAs(phase, changed) : await at({ plan: head.plan, number });
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

  return { at, ofPlan };
}
