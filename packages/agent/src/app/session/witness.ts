import { LIMITS, type ContentPart, type Held, type Order, type SeenObject, type Unit } from "@sitewright/protocol";
import type { OrderExecutor } from "../ports/content.ts";
import type { ContentAnswers, Log } from "../ports/link.ts";

/** The highest number of each object that was ever seen in a unit; survives rebuilds and the process. */
export interface SeenMemory {
  /** A number that is no higher than the known one changes nothing. */
  learn(unit: Unit, objects: readonly SeenObject[]): void;
  of(unit: Unit): SeenObject[];
  /** 0: none. */
  highest(unit: Unit, path: string): number;
}

/** What this agent can prove of the numbers that its units had, whatever replaced them since. */
export interface Witness extends ContentAnswers, OrderExecutor {
  inventory(): Held[];
}

export interface WitnessDeps {
  contents: ContentAnswers;
  executor: OrderExecutor & { inventory(): Held[] };
  memory: SeenMemory;
  log: Log;
}

/** Stands for a unit as a whole, whose number is its source version. */
const WHOLE = "";

/** Remembers numbers before orders replace what has them, and adds them to what the agent says. */
export function createWitness({ contents, executor, memory, log }: WitnessDeps): Witness {
  function learn(unit: Unit, objects: readonly SeenObject[]): void {
    try {
      memory.learn(unit, objects);
    } catch (error) {
      log("warn", "the numbers that were seen cannot be stored", { unit: unit.name, err: error });
    }
  }

  async function answer(query: Parameters<ContentAnswers["answer"]>[0]): Promise<ContentPart[]> {
    const parts = await contents.answer(query);
    if (query.want.kind !== "definitions" || parts.some(({ failure }) => failure)) return parts;
    const now = parts.flatMap(({ objects = [] }) => objects);
    learn(query.unit, now);
    const numbers = new Map(now.map(({ path, number = 0 }) => [path, number]));
    const higher = memory.of(query.unit).filter(({ path, number = 0 }) => path !== WHOLE && number > (numbers.get(path) ?? -1));
    return [...parts, ...partsOf(query.id, higher)].map((part, i, all) => ({ ...part, last: i === all.length - 1 }));
  }

  /** What an order may replace is remembered first; where it cannot be read, the order has its own words for that. */
  async function remember({ unit, task }: Order): Promise<void> {
    if (task.kind === "verify" || task.kind === "estimate" || task.kind === "stage") return;
    const { live, sourceVersion = 0, content } = executor.inventory().find((held) => isSame(held.unit, unit)) ?? {};
    if (live && sourceVersion > 0) learn(unit, [{ path: WHOLE, number: sourceVersion, hash: content ?? live.manifest, size: 0 }]);
    if (unit.role === "cap") await answer({ kind: "content-query", id: 0, unit, want: { kind: "definitions" } });
  }

  return {
    answer,
    async execute(order, context) {
      await remember(order).catch((error: unknown) => log("warn", "what an order replaces could not be noted", { err: error }));
      return executor.execute(order, context);
    },
    inventory: () =>
      executor.inventory().map((held) => {
        const highest = memory.highest(held.unit, WHOLE);
        return highest > held.sourceVersion ? { ...held, highestVersion: highest } : held;
      }),
  };
}

function isSame(a: Unit, b: Unit): boolean {
  return a.role === b.role && a.name === b.name;
}

function partsOf(id: number, objects: readonly SeenObject[]): ContentPart[] {
  return Array.from({ length: Math.ceil(objects.length / LIMITS.definitionsPart) }, (_, i): ContentPart => {
    const remembered = objects.slice(i * LIMITS.definitionsPart, (i + 1) * LIMITS.definitionsPart);
    return { kind: "content-part", id, remembered, last: false };
  });
}
