/**
 * The measured rate of a line, where that is less than stated. A line is slow when, for some seconds, every system that is being sent to is
 * held back by bytes in transit, and together they receive less than the budget. The rate is raised when they receive all of it.
 */
export interface LineSpeed {
  /** bit/s of the budget that the readings are about. */
  readonly stated: number;
  /** bit/s; undefined: no measurement contradicts what is stated. */
  readonly carries: number | undefined;
  /** The systems whose transfers showed it. The rate of one system says nothing about another. */
  readonly shownBy: ReadonlySet<string>;
  /** Since the last decision, oldest first. */
  readonly readings: readonly LineReading[];
}

export interface LineReading {
  /** ms. */
  readonly at: number;
  /** Systems that are being sent to. */
  readonly systems: readonly SystemReading[];
}

export interface SystemReading {
  readonly system: string;
  /** IP bytes since the previous reading. */
  readonly taken: number;
  /** `line`: it gets no more until some of the bytes in transit arrive. `itself`: it is busy with what has arrived. */
  readonly heldBy: "line" | "itself" | undefined;
}

/** Minimum and maximum ms on which a decision is based, because readings are irregular. */
const SPAN = 4_000;
const LONGEST_SPAN = 6_000;
/** This many consecutive readings without a byte are a silence: a line that is down, or a dead connection. */
const SILENCE = 3;
/** Share of the readings in which a system has to be held back by the line. */
const HELD_SHARE = 0.25;
/** Below this share of its budget a line is slow; above this share it carries its whole measured rate. */
const SLOW = 0.85;
const FULL = 0.97;
/** Margin above the measured rate, so that a line which becomes faster shows it. */
const MARGIN = 1.1;
/** Factor of one raise, when it does. */
const STEP_UP = 1.25;
/** bit/s. */
const LEAST = 8_000;

/** @param stated Budget of the line, bit/s. */
export function unknownSpeed(stated: number): LineSpeed {
  return { stated, carries: undefined, shownBy: new Set(), readings: [] };
}

export function readSpeed(before: LineSpeed, stated: number, reading: LineReading): LineSpeed {
  const known = stated === before.stated ? before : restated(before, stated);
  const isShown = known.carries === undefined || reading.systems.every(({ system }) => known.shownBy.has(system));
  const speed = isShown ? known : unknownSpeed(stated);
  // Without traffic there is nothing to measure.
  if (reading.systems.length === 0) return { ...speed, readings: [] };
  const readings = latest([...speed.readings, reading]);
  // What precedes a silence and what follows it are not one rate.
  const isSilence = readings.every(isSilent) || (readings.length >= SILENCE && readings.slice(-SILENCE).every(isSilent));
  return isSilence ? { ...speed, readings: [reading] } : decide({ ...speed, readings });
}

/** As few readings as span the interval for a decision; fewer while there are no more. */
function latest(readings: readonly LineReading[]): LineReading[] {
  const now = readings.at(-1)?.at ?? 0;
  const known = readings.filter(({ at }) => now - at <= LONGEST_SPAN);
  return known.slice(
    Math.max(
      0,
      known.findLastIndex(({ at }) => now - at >= SPAN),
    ),
  );
}

function isSilent({ systems }: LineReading): boolean {
  return systems.every(({ taken }) => taken === 0);
}

function decide(speed: LineSpeed): LineSpeed {
  const { stated, carries, readings } = speed;
  const [first, last] = [readings[0], readings.at(-1)];
  if (!first || !last || last.at - first.at < SPAN) return speed;
  const current = carries ?? stated;
  // The first reading only marks the start of the measurement.
  const bytes = readings.slice(1).reduce((sum, { systems }) => sum + systems.reduce((all, { taken }) => all + taken, 0), 0);
  const rate = (bytes * 8000) / (last.at - first.at);
  if (carries !== undefined && rate >= carries * FULL) return faster(speed, carries * STEP_UP);
  const systems = new Set(readings.flatMap((reading) => reading.systems.map(({ system }) => system)));
  if (rate === 0 || rate >= current * SLOW || ![...systems].every((system) => isHeldByLine(readings, system))) return speed;
  return { stated, carries: Math.max(LEAST, rate * MARGIN), shownBy: systems, readings: [] };
}

function faster({ stated, shownBy }: LineSpeed, carries: number): LineSpeed {
  return carries >= stated ? unknownSpeed(stated) : { stated, carries, shownBy, readings: [] };
}

function restated({ carries, shownBy }: LineSpeed, stated: number): LineSpeed {
  return carries === undefined || carries >= stated ? unknownSpeed(stated) : { stated, carries, shownBy, readings: [] };
}

function isHeldByLine(readings: readonly LineReading[], system: string): boolean {
  const held = readings.flatMap(({ systems }) => systems.filter((one) => one.system === system).map(({ heldBy }) => heldBy));
  return !held.includes("itself") && held.filter((by) => by === "line").length >= readings.length * HELD_SHARE;
}
