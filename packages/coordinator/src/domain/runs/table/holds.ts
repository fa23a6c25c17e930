import { ENDED, unitKey, type Priority } from "@sitewright/protocol";
import type { WindowWait } from "../../addresses/window-wait.ts";
import type { Phase } from "../run.ts";

/** Why an operator should know that work does not advance. */
export type HoldKind = "quarantine" | "undecided" | "stalled" | "in-use" | "line-closed" | "line-paused";

/** Phases that the same thing keeps back. */
export interface Hold {
  kind: HoldKind;
  /** The system without progress, the site in quarantine or with definitions, or the address. */
  about: string;
  phases: number;
  /** Phases of each system. */
  systems: ReadonlyMap<string, number>;
  /** One of them; of those where each tells something, all. */
  examples: ReadonlySet<string>;
  /** When its line opens, of each priority. */
  windows: ReadonlyMap<Priority, WindowWait>;
}

/** What keeps phases back, counted with each change. */
export interface Holds {
  all(): Iterable<Hold>;
  put(before: Phase | undefined, after: Phase): void;
}

interface Counted extends Hold {
  systems: Map<string, number>;
  examples: Set<string>;
  windows: Map<Priority, WindowWait>;
}

/** Phases of one hold of which the ids are kept. */
const MOST_EXAMPLES = 50;

export function createHolds(): Holds {
  const holds = new Map<string, Counted>();

  function add(key: string, { kind, about }: Held, phase: Phase): void {
    const hold = holds.get(key) ?? { kind, about, phases: 0, systems: new Map(), examples: new Set(), windows: new Map() };
    holds.set(key, hold);
    hold.phases += 1;
    hold.systems.set(phase.system, (hold.systems.get(phase.system) ?? 0) + 1);
    if (hold.examples.size < MOST_EXAMPLES) hold.examples.add(phase.id);
    if (phase.window) hold.windows.set(phase.priority, phase.window);
  }

  function remove(key: string, { id, system }: Phase): void {
    const hold = holds.get(key);
    if (!hold) return;
    hold.phases -= 1;
    hold.examples.delete(id);
    const left = (hold.systems.get(system) ?? 1) - 1;
    if (left > 0) hold.systems.set(system, left);
    else hold.systems.delete(system);
    if (hold.phases === 0) holds.delete(key);
  }

  return {
    all: () => holds.values(),
    put(before, after) {
      const [was, is] = [before && heldBy(before), heldBy(after)];
      const [oldKey, newKey] = [was && keyOf(was), is && keyOf(is)];
      if (oldKey === newKey && before?.window === after.window) return;
      if (oldKey !== undefined && before) remove(oldKey, before);
      if (newKey !== undefined && is) add(newKey, is, after);
    },
  };
}

interface Held {
  kind: HoldKind;
  about: string;
}

function keyOf({ kind, about }: Held): string {
  return `${kind} ${about}`;
}

/** What keeps a phase back, if an operator should know it. */
function heldBy(phase: Phase): Held | undefined {
  const { state, system, site, address = "", waitingFor, window, undecided, inUse, stalledSince, lostSince, cancelBy } = phase;
  if (ENDED.has(state) || cancelBy !== undefined) return undefined;
  if (state === "waiting") {
    if (inUse) return { kind: "in-use", about: `${system} ${unitKey(phase.unit)}` };
    if (undecided) return { kind: "undecided", about: undecided.site };
    if (waitingFor === "site-quarantined") return { kind: "quarantine", about: site };
    if (waitingFor === "window-closed") return { kind: "line-closed", about: window?.address ?? address };
    if (waitingFor === "address-paused") return { kind: "line-paused", about: window?.address ?? address };
    return undefined;
  }
  return stalledSince !== undefined && lostSince === undefined ? { kind: "stalled", about: system } : undefined;
}
