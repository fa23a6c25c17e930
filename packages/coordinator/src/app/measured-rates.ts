import { admits, budgetAt, windowAt } from "../domain/address-schedule.ts";
import { OWN_NETWORK } from "../domain/forecast/lines.ts";
import type { Address } from "../domain/hierarchy.ts";
import { ipBytes } from "../domain/pacing.ts";
import type { Phase } from "../domain/run.ts";

/** What lines were seen to carry while there was work for them all the time. */
export interface MeasuredRates {
  /** Payload bytes that were sent for a phase. */
  sent(address: string | undefined, payload: number): void;
  /** To be called again and again, with what is open. */
  look(phases: readonly Phase[], pathTo: (system: string) => readonly Address[], now: number): void;
  /** bit/s by line, where that is less than its budget or nothing else is known. */
  rates(): ReadonlyMap<string, number>;
}

interface Line {
  /** IP bytes since the last look. */
  bytes: number;
  /** Looks while there was work, newest first. */
  looks: { bits: number; ms: number; budget: number | undefined }[];
  busy: boolean;
}

/** Looks that a rate goes by. */
const KEPT = 12;
/** ms of work that say enough of a line whose budget is known. */
const ENOUGH = 20_000;
/** A line that carries a smaller share of its budget than this is slower than its budget. */
const SLOWER = 0.8;

export function createMeasuredRates(): MeasuredRates {
  const lines = new Map<string, Line>();
  let lookedAt: number | undefined;

  function lineOf(key: string): Line {
    const line = lines.get(key) ?? { bytes: 0, looks: [], busy: false };
    lines.set(key, line);
    return line;
  }

  return {
    sent(address, payload) {
      lineOf(address ?? OWN_NETWORK).bytes += ipBytes(payload);
    },
    look(phases, pathTo, now) {
      const ms = now - (lookedAt ?? now);
      lookedAt = now;
      const budgets = fetchingNow(phases, pathTo, now);
      for (const key of new Set([...lines.keys(), ...budgets.keys()])) {
        const line = lineOf(key);
        // Only what was at work at both ends of the time between says what the line carries.
        if (line.busy && budgets.has(key) && ms > 0) line.looks.unshift({ bits: line.bytes * 8, ms, budget: budgets.get(key) });
        line.looks.length = Math.min(line.looks.length, KEPT);
        line.busy = budgets.has(key);
        line.bytes = 0;
      }
    },
    rates() {
      return new Map(
        [...lines].flatMap(([key, { looks }]) => {
          const rate = measuredRate(looks);
          return rate === undefined ? [] : [[key, rate]];
        }),
      );
    },
  };
}

/** Budgets, bit/s or undefined for none, of the lines that carry content of their own now. What shares its path with others is not told apart. */
function fetchingNow(
  phases: readonly Phase[],
  pathTo: (system: string) => readonly Address[],
  now: number,
): Map<string, number | undefined> {
  const budgets = new Map<string, number | undefined>();
  for (const { task, state, progress, system, address, priority } of phases) {
    if (task !== "stage" || state !== "running" || progress?.step !== "fetching") continue;
    const path = pathTo(system);
    const limits = path.map((line) => budgetAt(line, now)).filter((budget) => budget !== undefined);
    if (limits.length > 1 || !path.every((line) => admits(windowAt(line, now), priority))) continue;
    budgets.set(address ?? OWN_NETWORK, limits[0]);
  }
  return budgets;
}

function measuredRate(looks: Line["looks"]): number | undefined {
  const ms = looks.reduce((sum, look) => sum + look.ms, 0);
  const bits = looks.reduce((sum, look) => sum + look.bits, 0);
  if (ms === 0 || bits === 0) return undefined;
  const rate = (bits * 1000) / ms;
  if (looks.every(({ budget }) => budget === undefined)) return Math.round(rate);
  const allowed = looks.reduce((sum, look) => sum + (look.budget ?? Infinity) * look.ms, 0) / ms;
  return ms >= ENOUGH && rate < allowed * SLOWER ? Math.round(rate) : undefined;
}
