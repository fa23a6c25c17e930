import type { Phase, Run } from "../../domain/runs/run.ts";
import type { SiteDataState } from "../sites/site-view.ts";

/** One change; `sequence` rises by one with each, so that a subscriber detects a gap and requests a snapshot again. */
export type LiveEvent = { sequence: number } & LiveChange;

export type LiveChange =
  /** `indexing` while the run is being prepared. */
  | { type: "run"; run: Run; indexing?: Indexing }
  /** The whole phase, progress included. */
  | { type: "phase"; phase: Phase }
  | { type: "system"; system: SystemState }
  /** What a system holds has changed. */
  | { type: "held"; system: string }
  /** An agent's complete warnings, when they changed. */
  | { type: "warnings"; system: string; warnings: readonly string[] }
  /** An address changed: its values, its budget or its window. */
  | { type: "address"; key: string }
  | { type: "rates"; rates: AddressRates }
  /** Something of a recovery was recorded. */
  | { type: "recovery"; id: string }
  /** The site data can no longer be used, or can be used again. */
  | { type: "site-data"; siteData: SiteDataState };

/** Current traffic of each line that was used lately, bit/s; zero when it has just become idle. */
export type AddressRates = Record<string, number>;

/** Whether a system's agent is connected; times in ms since 1970. */
export interface SystemState {
  name: string;
  connected: boolean;
  /** Connected since. */
  since?: number;
  lastSeen?: number;
}

export interface Indexing {
  /** Unit key. */
  unit: string;
  /** So far. */
  files: number;
  bytes: number;
}

export interface LiveView {
  /** @returns A function that ends the subscription. */
  subscribe(listener: (event: LiveEvent) => void): () => void;
}

export interface LivePublisher extends LiveView {
  /** Of the last event; to be read before a snapshot is made. */
  sequence(): number;
  run(run: Run, indexing?: Indexing): void;
  /** A transition: published immediately. */
  phase(phase: Phase): void;
  /** A small change of a phase: published at most four times per second, with what `current` returns then. */
  phaseSoon(id: string, current: () => Phase | undefined): void;
  system(system: SystemState): void;
  held(system: string): void;
  warnings(system: string, warnings: readonly string[]): void;
  address(key: string): void;
  rates(rates: AddressRates): void;
  recovery(id: string): void;
  siteData(state: SiteDataState): void;
  stop(): void;
}

const THINNED_MS = 250;

/** @param first Above every sequence of an earlier process: microseconds of the clock satisfy that. */
export function createLiveView(first: number): LivePublisher {
  let sequence = first;
  const listeners = new Set<(event: LiveEvent) => void>();
  const pending = new Map<string, NodeJS.Timeout>();

  function publish(change: LiveChange): void {
    sequence += 1;
    for (const listener of listeners) listener({ sequence, ...change });
  }

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    sequence: () => sequence,
    run: (run, indexing) => publish({ type: "run", run, ...(indexing ? { indexing } : {}) }),
    phase: (phase) => publish({ type: "phase", phase }),
    phaseSoon(id, current) {
      if (pending.has(id)) return;
      const tell = (): void => {
        pending.delete(id);
        const phase = current();
        if (phase) publish({ type: "phase", phase });
      };
      pending.set(id, setTimeout(tell, THINNED_MS));
    },
    system: (system) => publish({ type: "system", system }),
    held: (system) => publish({ type: "held", system }),
    warnings: (system, warnings) => publish({ type: "warnings", system, warnings }),
    address: (key) => publish({ type: "address", key }),
    rates: (rates) => publish({ type: "rates", rates }),
    recovery: (id) => publish({ type: "recovery", id }),
    siteData: (siteData) => publish({ type: "site-data", siteData }),
    stop() {
      for (const timer of pending.values()) clearTimeout(timer);
      pending.clear();
      listeners.clear();
    },
  };
}
