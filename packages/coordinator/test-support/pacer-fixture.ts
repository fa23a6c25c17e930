import { createPacer, type Pacer, type PacerDeps } from "../src/adapters/content/pacer.ts";
import type { Address, Hierarchy, System } from "../src/domain/sites/hierarchy.ts";
import { aHierarchy } from "./fakes.ts";

/** A pacer whose clock advances only as its own timers require. */
export interface PacerInTime {
  pacer: Pacer;
  /** ms since 1970. */
  now(): number;
  pass(ms: number): Promise<void>;
  /** Traffic by line and time, IP bytes. */
  crossed: { at: number; address: string; bytes: number; isBeat: boolean }[];
}

interface Timer {
  at: number;
  wake: () => void;
}

export function pacerAt(addresses: () => Address[], more: Pick<PacerDeps, "carried" | "isClosed"> = {}): PacerInTime {
  let now = Date.UTC(2026, 0, 5, 10); // A Monday.
  const timers = new Set<Timer>();
  const crossed: PacerInTime["crossed"] = [];
  const pacer = createPacer({
    hierarchy: () => withMore(aHierarchy(addresses())),
    clock: () => now,
    used: { publish: (use) => void crossed.push({ at: now, ...use }) },
    ...more,
    timer(ms, wake) {
      const timer = { at: now + ms, wake };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });
  return {
    pacer,
    crossed,
    now: () => now,
    async pass(ms) {
      const end = now + ms;
      for (;;) {
        // Lets every served waiter return for more.
        for (let i = 0; i < 5; i++) await Promise.resolve();
        const [first] = [...timers].sort((a, b) => a.at - b.at);
        if (!first || first.at > end) break;
        timers.delete(first);
        now = first.at;
        first.wake();
      }
      now = end;
    },
  };
}

/** Two more systems at SEC. */
function withMore(hierarchy: Hierarchy): Hierarchy {
  const more = ["SRV4", "SRV5"].map((name): [string, System] => [name, { name, site: "SEC", roles: ["dp"] }]);
  return { ...hierarchy, systems: new Map([...hierarchy.systems, ...more]) };
}

export interface Flow {
  /** Payload bytes. */
  taken: number;
  stop(): void;
  /** How it ended. */
  end: unknown;
}

/** Sends as much as permitted. @param most Maximum per call, bytes. */
export function drain(pacer: Pacer, system: string, priority: "high" | "low" | "any-time" = "low", most = 1_000_000): Flow {
  const traffic = { system, priority: priority === "any-time" ? undefined : priority };
  const gone = new AbortController();
  const flow: Flow = { taken: 0, stop: () => gone.abort(new Error("stopped")), end: undefined };
  void (async () => {
    try {
      for (;;) flow.taken += await pacer.take(traffic, most, gone.signal);
    } catch (error) {
      flow.end = error;
    }
  })();
  return flow;
}
