/**
 * The phases of one plan have ids that differ in their number only: a UUID of version 8, `NUMBER-PLAN`. So what is stored of a phase is found
 * by its id, and its id need not be stored.
 */
const PLAN = /^[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const NUMBER = /^[0-9a-f]{8}-/;
/** Hexadecimal digits of a number. */
const DIGITS = 8;

/** Where a phase is: its place in a plan. */
export interface PlanPlace {
  plan: string;
  number: number;
}

/** @param uuid A random one for each plan. @returns The id of the phase with a number. */
export function createPhaseIds(uuid: string): (number: number) => string {
  const plan = `${uuid.slice(DIGITS + 1, 14)}8${uuid.slice(15)}`;
  return (number) => phaseIdAt({ plan, number });
}

export function phaseIdAt({ plan, number }: PlanPlace): string {
  return `${number.toString(16).padStart(DIGITS, "0")}-${plan}`;
}

/** The phase after one in its plan. Undefined: the id is not one of these. */
export function nextPhaseId(id: string): string | undefined {
  const place = placeOfPhaseId(id);
  return place && phaseIdAt({ ...place, number: place.number + 1 });
}

/** Undefined: the id is not one of these. */
export function placeOfPhaseId(id: string): PlanPlace | undefined {
  const plan = id.slice(DIGITS + 1);
  if (!NUMBER.test(id) || !PLAN.test(plan)) return undefined;
  return { plan, number: Number.parseInt(id.slice(0, DIGITS), 16) };
}
