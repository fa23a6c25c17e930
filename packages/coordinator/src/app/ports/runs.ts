import type { Run, Phase } from "../../domain/runs/run.ts";
import type { PhaseState, Generation } from "@sitewright/protocol";
import type { Forecast } from "../../domain/forecast/forecast.ts";

/** The run store: runs and phases, kept in Redis. */
export interface RunStore {
  /** False when another run has the id. */
  createRun(run: Run): Promise<boolean>;
  saveRun(run: Run): Promise<void>;
  run(id: string): Promise<Run | undefined>;
  /** Newest first. */
  runs(limit: number): Promise<Run[]>;
  /** Stores them as they are, replacing what is there under their ids. */
  addPhases(run: string, phases: Phase[]): Promise<void>;
  phases(run: string): Promise<Phase[]>;
  phase(id: string): Promise<Phase | undefined>;
  /** Applies `change` when the phase is in one of `from`; returns the new phase, or undefined when it was not. Retries on a race. */
  changePhase(id: string, from: readonly PhaseState[], change: (phase: Phase) => Phase): Promise<Phase | undefined>;
  /** Cancels that agents have not confirmed, by phase; forgotten with the run. */
  owedCancels(): Promise<Map<string, OwedCancel>>;
  oweCancel(phase: string, owed: OwedCancel): Promise<void>;
  /** Its agent has answered. */
  cancelSettled(phase: string): Promise<void>;
  /** The highest generation that was given to any order. */
  highestOrdered(): Promise<Generation | undefined>;
  setHighestOrdered(generation: Generation): Promise<void>;
}

/** A cancel that an agent still has to be told. */
export interface OwedCancel {
  system: string;
  /** Of the attempt that is cancelled, and those before it. */
  epoch: number;
}

/** The first forecasts of runs, kept in Redis as long as the runs. */
export interface ForecastStore {
  first(run: string): Promise<Forecast | undefined>;
  keepFirst(run: string, forecast: Forecast): Promise<void>;
}

/** Phases released for work. One job is one phase; running one twice is harmless. */
export interface JobQueue {
  add(phase: { id: string; epoch: number; priority: number }): Promise<void>;
  /** Starts working; `process` returns when the phase ended or went back to the backlog. */
  start(process: (phaseId: string, signal: AbortSignal) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}
