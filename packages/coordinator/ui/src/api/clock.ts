import { effect, signal } from "@preact/signals";
import { addSample, rateOf, sampleLines, type Rate, type Sample } from "../lib/lines/rate.ts";
import { openRuns, summaries } from "./store.ts";

/** ms since 1970, updated each second. */
export const now = signal(Date.now());

/** Rates by line of each open run, over the last ten seconds. */
export const rates = signal<ReadonlyMap<string, ReadonlyMap<string, Rate | undefined>>>(new Map());

const samples = new Map<string, Map<string, Sample[]>>();

export function startClock(): void {
  setInterval(() => (now.value = Date.now()), 1000);
  effect(() => {
    const at = now.value;
    const open = openRuns.peek().flatMap(({ id }) => summaries.peek().get(id) ?? []);
    for (const id of samples.keys()) if (!open.some(({ run }) => run.id === id)) samples.delete(id);
    rates.value = new Map(open.map(({ run, lines }) => [run.id, sampleRun(run.id, sampleLines(lines, at))]));
  });
}

function sampleRun(id: string, lines: ReadonlyMap<string, Sample>): Map<string, Rate | undefined> {
  const before = samples.get(id) ?? new Map<string, Sample[]>();
  const after = new Map([...lines].map(([line, sample]) => [line, addSample(before.get(line) ?? [], sample)]));
  samples.set(id, after);
  return new Map([...after].map(([line, own]) => [line, rateOf(own)]));
}
