import type { Phase } from "../../../domain/runs/run.ts";
import type { PlanPlace } from "../../../domain/runs/phase-ids.ts";
import { KEYS } from "../keys.ts";
import { unusable } from "../records.ts";
import type { RedisClient } from "../server/connection.ts";
import { decodePart, decodeShared, partOf, type PlanKey, type SharedOfPlan } from "./planned.ts";

/** Parts that stay in memory: those of what is under way, 100 bytes a phase. */
const KEPT_PARTS = 200;
/** Plans of which it stays in memory what their phases have in common: some hundred KB of a large one. */
const KEPT_PLANS = 20;

/** What a plan says of all of its phases. */
export interface PlanHead extends PlanKey {
  shared: SharedOfPlan;
}

/** Phases as they were planned, some of them from memory: a plan never changes, but when it is stored once more. */
export interface PlanReader {
  /** Undefined: it is not there. */
  planned(at: PlanPlace): Promise<Phase | undefined>;
  /** Read again. Undefined: it is not there. */
  head(plan: string): Promise<PlanHead | undefined>;
  /** Numbers of the parts that are there, in order. */
  parts(plan: string): Promise<number[]>;
  /** The phases of some parts, by number, in order, read again. */
  read(head: PlanHead, parts: readonly number[]): Promise<Map<number, Phase>>;
  /** It was, or may have been, stored once more. */
  forget(plan: string): void;
}

export function createPlanReader(redis: RedisClient): PlanReader {
  const heads = createKept<PlanHead | undefined>(KEPT_PLANS);
  const parts = createKept<Map<number, Phase>>(KEPT_PARTS);

  async function head(plan: string): Promise<PlanHead | undefined> {
    const [run, shared] = await redis.hmget(KEYS.plan(plan), "run", "shared");
    if (!run || !shared) return undefined;
    return { run, plan, shared: decoded(KEYS.plan(plan), () => decodeShared(shared)) };
  }

  async function read(of: PlanHead, wanted: readonly number[]): Promise<Map<number, Phase>> {
    if (wanted.length === 0) return new Map();
    const key = KEYS.plan(of.plan);
    const packed = await redis.hmget(key, ...wanted.map(String));
    const all = packed.flatMap((text, i) => {
      const part = wanted[i] ?? 0;
      return text === null ? [] : [...decoded(`${key} ${part}`, () => decodePart(of, part, text, of.shared))];
    });
    return new Map(all);
  }

  return {
    head,
    read,
    async planned({ plan, number }) {
      const of = await heads.get(plan, () => head(plan));
      if (!of) return undefined;
      const part = partOf(number);
      return (await parts.get(`${plan}:${part}`, () => read(of, [part]))).get(number);
    },
    async parts(plan) {
      const fields = await redis.hkeys(KEYS.plan(plan));
      return fields
        .filter((field) => /^\d+$/.test(field))
        .map(Number)
        .sort((a, b) => a - b);
    },
    forget(plan) {
      heads.forget((key) => key === plan);
      parts.forget((key) => key.startsWith(`${plan}:`));
    },
  };
}

/** Throws `DATA_FILE_UNUSABLE`, naming the key. */
export function decoded<T>(key: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw unusable(key, `it cannot be decoded (${(cause as Error).message})`);
  }
}

/** Values that were asked for lately. */
interface Kept<T> {
  get(key: string, make: () => Promise<T>): Promise<T>;
  forget(isMeant: (key: string) => boolean): void;
}

function createKept<T>(most: number): Kept<T> {
  /** The one that was used last is the last. */
  const kept = new Map<string, Promise<T>>();
  return {
    async get(key, make) {
      const value = kept.get(key) ?? make();
      kept.delete(key);
      kept.set(key, value);
      const [oldest] = kept.keys();
      if (kept.size > most && oldest !== undefined) kept.delete(oldest);
      try {
        return await value;
      } catch (error) {
        if (kept.get(key) === value) kept.delete(key);
        throw error;
      }
    },
    forget(isMeant) {
      for (const key of kept.keys()) if (isMeant(key)) kept.delete(key);
    },
  };
}
