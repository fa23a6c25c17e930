import { windowRates, type Sample } from "../../bench/link/samples.ts";
import type { SharedLine } from "./shared-line.ts";

/** A period with constant budget and receivers. Times are seconds since the order. */
export interface Phase {
  from: number;
  to: number;
  /** bit/s, of the whole line. */
  budget: number;
  /** Of each system, bit/s; absent once it has everything. */
  shares: (number | undefined)[];
}

/** Times are seconds since the order. */
export interface Step {
  from: number;
  to: number;
  /** Of each system, bit/s. */
  rates: number[];
}

export interface Figures {
  seconds: number;
  /** Half a second each; one ends where the budget changes. */
  steps: Step[];
  phases: Phase[];
  /** When the budget was changed, and when the first system had everything. */
  changedAt: number;
  firstDoneAt: number;
  firstDone: string;
  /** The largest share of the budget that crossed in any second, except the second after the change. */
  most: number;
}

/** Seconds; shorter periods are left out. */
const [STEP, SHORT] = [0.5, 0.2];
/** Only heartbeats remain then. */
const ALL = 0.998;
/** Seconds at the beginning and the end of a phase that its means leave out. */
const [SETTLING, ENDING] = [1, 0.5];
/** ms between the counts from which the largest second is computed. */
const GRID_MS = 20;

export function figuresOf({ systems, startedAt, endedAt, budgets }: SharedLine): Figures {
  const at = (seconds: number): number => startedAt + seconds * 1000;
  const rate = (samples: readonly Sample[], from: number, to: number): number =>
    ((bytesAt(samples, at(to)) - bytesAt(samples, at(from))) * 8) / (to - from);
  const seconds = (endedAt - startedAt) / 1000;
  const doneAt = systems.map(({ samples }) => (timeOfShare(samples, ALL) - startedAt) / 1000);
  const firstDoneAt = Math.min(...doneAt);
  const [first, second] = budgets;
  const changedAt = (second.from - startedAt) / 1000;
  const phase = (from: number, to: number, budget: number): Phase => ({
    from,
    to,
    budget,
    shares: systems.map(({ samples }, i) => ((doneAt[i] ?? 0) < to ? undefined : rate(samples, from + SETTLING, to - ENDING))),
  });
  const most = (from: number, to: number, budget: number): number =>
    Math.max(...windowRates(totals(systems, at(from), at(to))).map((window) => window.rate / budget));
  return {
    seconds,
    steps: stepsOver(seconds, changedAt).map(({ from, to }) => ({
      from,
      to,
      rates: systems.map(({ samples }) => rate(samples, from, to)),
    })),
    phases: [
      phase(0, changedAt, first.rate),
      phase(changedAt, firstDoneAt, second.rate),
      phase(firstDoneAt, Math.min(...doneAt.filter((time) => time > firstDoneAt)), second.rate),
    ],
    changedAt,
    firstDoneAt,
    firstDone: systems[doneAt.indexOf(firstDoneAt)]?.name ?? "",
    most: Math.max(most(0, changedAt, first.rate), most(changedAt + SETTLING, seconds, second.rate)),
  };
}

function stepsOver(seconds: number, changedAt: number): { from: number; to: number }[] {
  const even = Array.from({ length: Math.ceil(seconds / STEP) }, (_, i) => i * STEP);
  const edges = [...even.filter((edge) => Math.abs(edge - changedAt) > SHORT), changedAt].toSorted((a, b) => a - b);
  return edges.map((from, i) => ({ from, to: edges[i + 1] ?? seconds }));
}

/** Between two close counts the rate is taken as constant. @param time ms since 1970. */
function bytesAt(samples: readonly Sample[], time: number): number {
  const next = samples.findIndex(({ at }) => at > time);
  const [before, after] = [samples.at(next === -1 ? -1 : Math.max(0, next - 1)), samples[next]];
  if (!before) throw new Error("nothing was counted");
  if (!after || time < before.at) return before.bytes;
  return before.bytes + ((after.bytes - before.bytes) * (time - before.at)) / (after.at - before.at);
}

/** When this share of all its bytes had crossed, ms since 1970. */
function timeOfShare(samples: readonly Sample[], part: number): number {
  const first = samples[0]?.bytes ?? 0;
  const all = (samples.at(-1)?.bytes ?? 0) - first;
  return samples.find(({ bytes }) => bytes - first >= all * part)?.at ?? 0;
}

function totals(systems: SharedLine["systems"], from: number, to: number): Sample[] {
  return Array.from({ length: Math.floor((to - from) / GRID_MS) + 1 }, (_, i) => {
    const at = from + i * GRID_MS;
    return { at, bytes: systems.reduce((sum, { samples }) => sum + bytesAt(samples, at), 0) };
  });
}
