import type { AgentLinks, AgentRegistry } from "../ports/agents.ts";

/** Acknowledges results, cumulatively, and never beyond one that could not be stored. */
export interface Acks {
  /** What an agent may forget, at its hello. @param lastResult Highest number it has used so far. */
  hello(system: string, lastResult: number): Promise<number>;
  /** Highest number that is known, as the store has it: a join may have set it back. */
  acked(system: string): Promise<number>;
  stored(system: string, number: number): Promise<void>;
  failed(system: string, number: number): void;
  /** Tells connected agents what the store has now: after an outage that may be less than was acknowledged. */
  repeat(): Promise<void>;
}

export function createAcks(registry: AgentRegistry, links: AgentLinks): Acks {
  /** By system: the lowest number that was not stored. */
  const gaps = new Map<string, number>();
  /** By system: as this process stored or read it last. */
  const known = new Map<string, number>();

  async function store(system: string, number: number): Promise<void> {
    await registry.setAcked(system, number);
    known.set(system, number);
  }

  async function acked(system: string): Promise<number> {
    const stored = await registry.acked(system);
    known.set(system, stored);
    return stored;
  }

  return {
    async hello(system, lastResult) {
      gaps.delete(system);
      const before = await acked(system);
      if (before <= lastResult) return before;
      // The agent lost its memory and counts from the beginning again.
      await store(system, lastResult);
      return lastResult;
    },
    acked,
    async stored(system, number) {
      const gap = gaps.get(system);
      if (gap !== undefined && number > gap) return;
      gaps.delete(system);
      const upTo = Math.max(number, known.get(system) ?? (await acked(system)));
      await store(system, upTo);
      await links.send(system, { kind: "ack", upTo });
    },
    failed: (system, number) => void gaps.set(system, Math.min(number, gaps.get(system) ?? number)),
    async repeat() {
      for (const { system } of links.connected()) await links.send(system, { kind: "ack", upTo: await acked(system) });
    },
  };
}
