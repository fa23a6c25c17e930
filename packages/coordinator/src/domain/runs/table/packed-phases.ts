import { ENDED, PHASE_STATES, WAIT_REASONS, type PhaseState, type WaitReason } from "@sitewright/protocol";
import type { Phase } from "../run.ts";
import { createColumn, createNumbers, createShared } from "./columns.ts";
import { keyOfSystem, keyOfUnit, ofSystemIn, ofUnitIn, SYSTEM_FIELDS, UNIT_FIELDS, type OfSystem, type OfUnit } from "./shared-fields.ts";

/** The phases of a run by id, as a map would hold them, in a tenth of its memory. */
export interface PackedPhases {
  readonly size: number;
  /** Not to be changed: it may be the same object each time. */
  get(id: string): Phase | undefined;
  stateOf(id: string): PhaseState | undefined;
  /** What a phase that waits is known to wait for. */
  reasonOf(id: string): WaitReason | undefined;
  set(phase: Phase): void;
  /** In the order in which they were set first. */
  values(): Generator<Phase, void>;
}

/** What all phases of a system in a run have in common. */
type OfSystemInRun = OfSystem & Pick<Phase, "run">;

/** Times and numbers that phases may have. */
const NUMBERS = ["presentBytes", "clients", "due", "startedAt", "endedAt"] as const;

/** Fields that have a place of their own. What a phase has beside them is kept as it is: progress, outcome, what it waits for in detail. */
const PLACED: ReadonlySet<string> = new Set<keyof Phase>([
  ...(["id", "number", "state", "epoch", "wireBytes", "waitingFor", ...NUMBERS] as const),
  "run",
  ...SYSTEM_FIELDS,
  ...UNIT_FIELDS,
]);
type Details = Partial<Omit<Phase, (typeof NUMBERS)[number]>>;

const STATES = new Map(PHASE_STATES.map((state, number) => [state, number]));
const REASONS = new Map(WAIT_REASONS.map((reason, number) => [reason, number + 1]));

/** Phases that are kept whole beside their packed form, of some hundred bytes each. */
const MOST_WHOLE = 1_024;

export function createPackedPhases(): PackedPhases {
  /** Texts: whatever waits in a lane or is found by its system has them in memory anyway, and they are looked up most. */
  const ids: string[] = [];
  const places = new Map<string, number>();
  const systems = createShared<OfSystemInRun>((of) => `${of.run}\n${keyOfSystem(of)}`);
  const units = createShared<OfUnit>(keyOfUnit);
  const [systemOf, unitOf, numbers, epochs] = [createColumn(4), createColumn(4), createColumn(4), createColumn(4)];
  /** `afters`: the place of the phase before and one; 0: there is none, or it is among the details. */
  const [states, reasons, afters] = [createColumn(1), createColumn(1), createColumn(4)];
  const wireBytes = createNumbers();
  const optional = NUMBERS.map((name) => [name, createNumbers()] as const);
  const details = new Map<number, Details>();
  /** Open phases that were looked at lately, by place: each message about one, and each change of it, looks at it several times. */
  const whole = new Map<number, Phase>();
  let size = 0;

  const stateAt = (place: number): PhaseState => PHASE_STATES[states.get(place)] ?? "waiting";

  function at(place: number, id: string): Phase {
    const [ofSystem, ofUnit] = [systems.get(systemOf.get(place)), units.get(unitOf.get(place))];
    if (!ofSystem || !ofUnit) throw new Error(`the phase ${id} was not kept whole`);
    const { run, system, site, address } = ofSystem;
    const { unit, task, priority, generation, manifest, manifestBytes, sourceVersion, content, files } = ofUnit;
    const { sourceBytes, packedBytes, beforeRepair, owned, firstEpoch } = ofUnit;
    const [number, state, epoch, sent] = [numbers.get(place), stateAt(place), epochs.get(place), wireBytes.get(place) ?? 0];
    const where = { id, run, number, system, site, unit, task, state, priority, generation, manifestBytes, sourceVersion };
    const phase: Phase = { ...where, files, sourceBytes, packedBytes, epoch, wireBytes: sent };
    if (address !== undefined) phase.address = address;
    if (manifest !== undefined) phase.manifest = manifest;
    if (content !== undefined) phase.content = content;
    if (beforeRepair) phase.beforeRepair = true;
    if (owned) phase.owned = owned;
    if (firstEpoch !== undefined) phase.firstEpoch = firstEpoch;
    for (const [name, values] of optional) {
      const value = values.get(place);
      if (value !== undefined) phase[name] = value;
    }
    const after = afters.get(place) === 0 ? undefined : ids[afters.get(place) - 1];
    if (after !== undefined) phase.after = after;
    const reason = WAIT_REASONS[reasons.get(place) - 1];
    if (reason) phase.waitingFor = reason;
    const more = details.get(place);
    return more ? Object.assign(phase, more) : phase;
  }

  function putDetails(place: number, phase: Phase): void {
    const before = phase.after === undefined ? undefined : places.get(phase.after);
    afters.set(place, before === undefined ? 0 : before + 1);
    let more: Record<string, unknown> | undefined;
    for (const name in phase) {
      if (PLACED.has(name) || (name === "after" && before !== undefined)) continue;
      const value = phase[name as keyof Phase];
      if (value !== undefined) (more ??= {})[name] = value;
    }
    if (more) details.set(place, more);
    else details.delete(place);
  }

  function keepWhole(place: number, phase: Phase): Phase {
    const [oldest] = whole.size < MOST_WHOLE ? [] : whole.keys();
    if (oldest !== undefined) whole.delete(oldest);
    whole.set(place, phase);
    return phase;
  }

  return {
    get size() {
      return size;
    },
    get(id) {
      const place = places.get(id);
      if (place === undefined) return undefined;
      return ENDED.has(stateAt(place)) ? at(place, id) : (whole.get(place) ?? keepWhole(place, at(place, id)));
    },
    stateOf(id) {
      const place = places.get(id);
      return place === undefined ? undefined : stateAt(place);
    },
    reasonOf(id) {
      const place = places.get(id);
      return place === undefined ? undefined : WAIT_REASONS[reasons.get(place) - 1];
    },
    set(phase) {
      const known = places.get(phase.id);
      const place = known ?? size++;
      if (known === undefined) {
        places.set(phase.id, place);
        ids.push(phase.id);
      }
      if (known === undefined || !isOfSystem(systems.get(systemOf.get(place)), phase))
        systemOf.set(place, systems.number({ run: phase.run, ...ofSystemIn(phase) }));
      if (known === undefined || !isOfUnit(units.get(unitOf.get(place)), phase)) unitOf.set(place, units.number(ofUnitIn(phase)));
      numbers.set(place, phase.number);
      states.set(place, STATES.get(phase.state) ?? 0);
      reasons.set(place, phase.waitingFor === undefined ? 0 : (REASONS.get(phase.waitingFor) ?? 0));
      epochs.set(place, phase.epoch);
      wireBytes.set(place, phase.wireBytes);
      for (const [name, values] of optional) values.set(place, phase[name]);
      putDetails(place, phase);
      if (ENDED.has(phase.state)) whole.delete(place);
      else if (whole.has(place)) whole.set(place, phase);
    },
    *values() {
      for (let place = 0; place < size; place++) {
        const id = ids[place];
        if (id !== undefined) yield at(place, id);
      }
    },
  };
}

/** Whether a phase still has what it shares with others, in the same objects. */
function isOfSystem(known: OfSystemInRun | undefined, { run, system, site, address }: Phase): boolean {
  return known?.run === run && known.system === system && known.site === site && known.address === address;
}

function isOfUnit(known: OfUnit | undefined, phase: Phase): boolean {
  return known !== undefined && UNIT_FIELDS.every((name) => known[name] === phase[name]);
}
