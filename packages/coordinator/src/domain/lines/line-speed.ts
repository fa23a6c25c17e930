/**
 * What a line was found to carry, where that is less than stated. A line is slow when, for some seconds, every system that is being
 * sent to holds back more because it lacks what is on its way, and together they take less than the budget. It is faster again
 * when they take all of what it was found to carry.
 */
export interface LineSpeed {
  /** bit/s of the budget that the readings are about. */
  readonly stated: number;
  /** bit/s; undefined: nothing speaks against what is stated. */
  readonly carries: number | undefined;
  /** Whose transfers showed it. What one system takes says nothing about another. */
  readonly shownBy: ReadonlySet<string>;
  /** Since something was decided, oldest first. */
  readonly readings: readonly LineReading[];
}

export interface LineReading {
  /** ms. */
  readonly at: number;
  /** Those that are being sent to. */
  readonly systems: readonly SystemReading[];
}

export interface SystemReading {
  readonly system: string;
  /** IP bytes since the reading before. */
  readonly taken: number;
  /** `line`: it gets no more until something arrives of what is on its way. `itself`: it has work enough with what has arrived. */
  readonly heldBy: "line" | "itself" | undefined;
}

/** ms that are looked at for a decision, at least and at most: readings come when they come. */
const SPAN = 4_000;
const LONGEST_SPAN = 6_000;
/** So many readings one after the other without a byte are a silence: a line that is down, or a connection that is dead. */
const SILENCE = 3;
/** Part of the readings in which a system has to be held back by the line. */
const HELD_SHARE = 0.25;
/** Below such a part of its budget a line is slow; from such a part on it carries all that it was found to carry. */
const SLOW = 0.85;
const FULL = 0.97;
/** Above what was measured, so that a line which gets faster shows it. */
const MARGIN = 1.1;
/** At once, when it does. */
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
  // Without work there is nothing to see.
  if (reading.systems.length === 0) return { ...speed, readings: [] };
  const readings = latest([...speed.readings, reading]);
  // What came before a silence and what comes after it are not one rate.
  const isSilence = readings.every(isSilent) || (readings.length >= SILENCE && readings.slice(-SILENCE).every(isSilent));
  return isSilence ? { ...speed, readings: [reading] } : decide({ ...speed, readings });
}

/** So many that they span what is looked at, and no more; fewer while there are no more. */
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
  // The first reading is the beginning of what is measured.
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
