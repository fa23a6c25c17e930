import { admits, budgetAt, windowAt } from "../../domain/addresses/address-schedule.ts";
import { OWN_NETWORK } from "../../domain/forecast/lines.ts";
import type { Address } from "../../domain/sites/hierarchy.ts";
import { ipBytes } from "../../domain/lines/ip-bytes.ts";
import type { Phase } from "../../domain/runs/run.ts";
import type { Clock } from "../ports/clock.ts";

/** Measured rates of lines without a limit during periods of continuous work. */
export interface MeasuredRates {
  /** Payload bytes that were sent. @param address Line of the system; undefined: the coordinator's own network. */
  sent(address: string | undefined, payload: number): void;
  /** Called periodically, with the phases under way. @param now ms since 1970: windows follow the machine's clock. */
  look(phases: readonly Phase[], pathTo: (system: string) => readonly Address[], now: number): void;
  /** bit/s by line. */
  rates(): ReadonlyMap<string, number>;
}

interface Line {
  /** IP bytes since the last check. */
  bytes: number;
  /** Checks with continuous work, newest first. */
  looks: { bits: number; ms: number }[];
  busy: boolean;
}

/** Checks that a rate is computed from. */
const KEPT = 12;

export function createMeasuredRates(steady: Clock): MeasuredRates {
  const lines = new Map<string, Line>();
  let lookedAt = steady();

  function lineOf(key: string): Line {
    const line = lines.get(key) ?? { bytes: 0, looks: [], busy: false };
    lines.set(key, line);
    return line;
  }

  return {
    sent(address, payload) {
      lineOf(address ?? OWN_NETWORK).bytes += ipBytes(payload, false);
    },
    look(phases, pathTo, now) {
      const ms = steady() - lookedAt;
      lookedAt += ms;
      const fetching = fetchingNow(phases, pathTo, now);
      for (const key of new Set([...lines.keys(), ...fetching])) {
        const line = lineOf(key);
        // Only phases that were running at both ends of the interval measure the line.
        if (line.busy && fetching.has(key) && ms > 0) line.looks.unshift({ bits: line.bytes * 8, ms });
        line.looks.length = Math.min(line.looks.length, KEPT);
        line.busy = fetching.has(key);
        line.bytes = 0;
      }
    },
    rates() {
      return new Map(
        [...lines].flatMap(([key, { looks }]) => {
          const ms = looks.reduce((sum, look) => sum + look.ms, 0);
          const bits = looks.reduce((sum, look) => sum + look.bits, 0);
          return bits > 0 ? [[key, Math.round((bits * 1000) / ms)]] : [];
        }),
      );
    },
  };
}

/** Lines that carry content now and have no limit on the whole path. */
function fetchingNow(phases: readonly Phase[], pathTo: (system: string) => readonly Address[], now: number): Set<string> {
  const lines = new Set<string>();
  for (const { task, state, progress, system, priority } of phases) {
    if (task !== "stage" || state !== "running" || progress?.step !== "fetching") continue;
    // As its system is connected now, which may have moved to another line since the phase was planned.
    const path = pathTo(system);
    const isOpen = path.every((line) => budgetAt(line, now) === undefined && admits(windowAt(line, now), priority));
    if (isOpen) lines.add(path[0]?.key ?? OWN_NETWORK);
  }
  return lines;
}
