import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Phase } from "../../../domain/runs/run.ts";
import { createShared } from "../../../domain/runs/table/columns.ts";
import {
  keyOfSystem,
  keyOfUnit,
  ofSystemIn,
  ofUnitIn,
  SYSTEM_FIELDS,
  UNIT_FIELDS,
  type OfSystem,
  type OfUnit,
} from "../../../domain/runs/table/shared-fields.ts";
import { phaseIdAt } from "../../../domain/runs/phase-ids.ts";

/**
 * Phases as they were planned. What the phases of a system, and those of a task of a unit, have in common is stored once for the plan. The
 * rest are rows, 128 to a part: the number of the system, that of the unit, how many numbers before its own that of the phase is which must
 * be done first (0: none), and what else a phase has.
 */
type Row = [system: number, unit: number, after: number, more?: Partial<Phase>] | null;

/** Rows of a part, the first of which has a number that 128 divides. */
export const PART = 128;

/** What phases of a plan have in common. */
export interface SharedOfPlan {
  systems: OfSystem[];
  units: OfUnit[];
}

/** Of which plan these phases are. */
export interface PlanKey {
  run: string;
  plan: string;
}

const AS_USUAL = { state: "waiting", epoch: 1, wireBytes: 0 } as const;
const ELSEWHERE = new Set<keyof Phase>(["id", "run", "number", "after", ...SYSTEM_FIELDS, ...UNIT_FIELDS]);

export function partOf(number: number): number {
  return Math.floor(number / PART);
}

export interface PlanEncoder {
  /** @param phases Of one part. */
  part(phases: readonly Phase[]): string;
  /** All that the encoded phases have in common, and those of `known`; undefined: nothing beside these. */
  shared(): string | undefined;
}

/** @param known What is stored already; its numbers stay. */
export function createPlanEncoder({ plan }: PlanKey, known: SharedOfPlan): PlanEncoder {
  const [systems, units] = [createShared(keyOfSystem), createShared(keyOfUnit)];
  const all: SharedOfPlan = { systems: [...known.systems], units: [...known.units] };
  for (const system of known.systems) systems.number(system);
  for (const unit of known.units) units.number(unit);

  function rowOf(phase: Phase, numbers: ReadonlyMap<string, number>): Row {
    const [ofSystem, ofUnit] = [ofSystemIn(phase), ofUnitIn(phase)];
    const [system, unit] = [systems.number(ofSystem), units.number(ofUnit)];
    all.systems[system] ??= ofSystem;
    all.units[unit] ??= ofUnit;
    const before = numbers.get(phase.after ?? "") ?? numberBefore(plan, phase);
    const more: Record<string, unknown> = {};
    for (const name of Object.keys(phase) as (keyof Phase)[]) {
      if (!ELSEWHERE.has(name) && phase[name] !== AS_USUAL[name as keyof typeof AS_USUAL]) more[name] = phase[name];
    }
    if (phase.id !== phaseIdAt({ plan, number: phase.number })) more.id = phase.id;
    if (phase.after !== undefined && before === undefined) more.after = phase.after;
    const row = [system, unit, before === undefined ? 0 : phase.number - before] as const;
    return Object.keys(more).length === 0 ? [...row] : [...row, more];
  }

  return {
    part(phases) {
      const rows: Row[] = [];
      const numbers = new Map(phases.map(({ id, number }) => [id, number]));
      for (const phase of phases) rows[phase.number % PART] = rowOf(phase, numbers);
      return pack(Array.from(rows, (row) => row ?? null));
    },
    shared: () => (all.systems.length + all.units.length > known.systems.length + known.units.length ? pack(all) : undefined),
  };
}

/** Where its id tells it: it needs not be in the same part. */
function numberBefore(plan: string, { after, number }: Phase): number | undefined {
  return after !== undefined && number > 0 && after === phaseIdAt({ plan, number: number - 1 }) ? number - 1 : undefined;
}

export function decodeShared(packed: string): SharedOfPlan {
  return unpack<SharedOfPlan>(packed);
}

/** The phases of one part, by number. */
export function decodePart({ run, plan }: PlanKey, part: number, packed: string, shared: SharedOfPlan): Map<number, Phase> {
  const rows = unpack<Row[]>(packed);
  const first = part * PART;
  const idOf = (number: number): string => rows[number - first]?.[3]?.id ?? phaseIdAt({ plan, number });
  const phases = new Map<number, Phase>();
  for (const [i, row] of rows.entries()) {
    if (!row) continue;
    const [system, unit, before, more] = row;
    const [ofSystem, ofUnit] = [shared.systems[system], shared.units[unit]];
    const number = first + i;
    if (!ofSystem || !ofUnit) throw new Error(`its phase ${number} is of a system or a unit that is not there`);
    const after = before === 0 ? {} : { after: idOf(number - before) };
    phases.set(number, { id: idOf(number), run, number, ...ofSystem, ...ofUnit, ...AS_USUAL, ...after, ...more });
  }
  return phases;
}

function pack(value: object): string {
  return zstdCompressSync(JSON.stringify(value)).toString("base64");
}

function unpack<T>(packed: string): T {
  return JSON.parse(zstdDecompressSync(Buffer.from(packed, "base64")).toString()) as T;
}
