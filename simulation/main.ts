import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { runSeed, type Outcome } from "./run-seed.ts";

/** Runs the product on a virtual clock through schedules of failures, each made from a seed; docs/simulation.md says what it checks. */
const USAGE = "usage: npm run simulate -- [--seeds N] [--seed S] [--coordinators N] [--log]";
/** Failures that are printed with their schedule. */
const SHOWN = 3;

if (isMainThread) await main();
else await work(workerData as Share);

/** What the threads divide among them. */
interface Share {
  /** Of these, the number that the next free thread takes. */
  next: SharedArrayBuffer;
  first: number;
  count: number;
  coordinators: number;
}

async function main(): Promise<void> {
  const { first, count, coordinators, log } = readArguments();
  if (log) return finish([await runSeed({ seed: first, coordinators, onLog: (line) => console.log(line) })], coordinators);
  const began = performance.now();
  const outcomes = await runAll({ first, count, coordinators });
  console.error(`${((performance.now() - began) / 1000).toFixed(1)} s`);
  finish(outcomes, coordinators);
}

function finish(outcomes: readonly Outcome[], coordinators: number): void {
  const first = Math.min(...outcomes.map(({ seed }) => seed));
  const failed = outcomes.filter(({ violation }) => violation).sort((a, b) => a.seed - b.seed);
  for (const { seed, violation, trace } of failed.slice(0, SHOWN)) {
    console.log(`seed ${seed} breaks the rule "${violation?.rule}" after ${((violation?.at ?? 0) / 1000).toFixed(3)} s:`);
    console.log(`  ${violation?.what}`);
    for (const line of trace) console.log(`  ${line}`);
  }
  const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const last = first + outcomes.length - 1;
  const extent = `seeds ${first} to ${last}: ${sum(({ runs }) => runs)} runs, ${sum(({ phases }) => phases)} phases, ${sum(({ steps }) => steps)} steps`;
  if (failed.length === 0) console.log(`${extent}: every rule held`);
  else {
    console.log(
      `${extent}: rules were broken with ${failed.length} seeds: ${failed
        .map(({ seed }) => seed)
        .slice(0, 50)
        .join(", ")}`,
    );
    const more = coordinators === 1 ? "" : `--coordinators ${coordinators} `;
    console.log(`npm run simulate -- --seed ${failed[0]?.seed} ${more}--log shows what each program did`);
  }
  process.exit(failed.length === 0 ? 0 : 1);
}

/** One thread for each core: the clock and the timers that are replaced are those of a thread. */
async function runAll(share: Omit<Share, "next">): Promise<Outcome[]> {
  const { count } = share;
  const next = new SharedArrayBuffer(4);
  const outcomes: Outcome[] = [];
  const threads = Math.min(count, availableParallelism());
  await Promise.all(
    Array.from({ length: threads }, () => {
      const worker = new Worker(new URL(import.meta.url), { workerData: { ...share, next } });
      return new Promise<void>((resolve, reject) => {
        worker.on("message", (outcome: Outcome) => {
          outcomes.push(outcome);
          if (outcome.violation) console.error(`seed ${outcome.seed}: ${outcome.violation.rule}`);
          else if (outcomes.length % 500 === 0) console.error(`${outcomes.length} of ${count}`);
        });
        worker.on("error", reject).on("exit", () => resolve());
      });
    }),
  );
  return outcomes;
}

async function work({ next, first, count, coordinators }: Share): Promise<void> {
  const counter = new Int32Array(next);
  for (let i = Atomics.add(counter, 0, 1); i < count; i = Atomics.add(counter, 0, 1)) {
    const outcome = await runSeed({ seed: first + i, coordinators });
    parentPort?.postMessage(outcome.violation ? outcome : { ...outcome, trace: [] });
  }
}

function readArguments(): Omit<Share, "next"> & { log: boolean } {
  const { values } = parse();
  const seed = values.seed === undefined ? undefined : wholeNumber("--seed", values.seed);
  const seeds = values.seeds === undefined ? undefined : wholeNumber("--seeds", values.seeds);
  const coordinators = values.coordinators === undefined ? 1 : wholeNumber("--coordinators", values.coordinators);
  return { first: seed ?? 1, count: seeds ?? (seed === undefined ? 200 : 1), coordinators, log: values.log };
}

function parse() {
  try {
    const number = { type: "string" } as const;
    return parseArgs({ options: { seeds: number, seed: number, coordinators: number, log: { type: "boolean", default: false } } });
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1 || number > 0x7fffffff)
    return fail(`${name} ${text}: give a whole number from 1\n${USAGE}`);
  return number;
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
