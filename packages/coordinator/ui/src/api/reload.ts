import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Change } from "@sitewright/protocol/api";
import { ApiError, request } from "./client.ts";

/** Between two requests of the same data, ms: changes come up to four times per second. */
const PAUSE = 500;

/** Requests something again when it has changed: at once, and then no more often than twice per second. */
export interface Reloader {
  soon(): void;
  stop(): void;
}

/** @param load Has to catch what it throws. */
export function createReloader(load: () => Promise<void>, pause = PAUSE): Reloader {
  let state: "idle" | "busy" | "again" | "stopped" = "idle";

  /** It changes while something is awaited. */
  const now = (): typeof state => state;

  async function run(): Promise<void> {
    state = "busy";
    await load();
    await new Promise((resolve) => setTimeout(resolve, pause));
    const since = now();
    if (since === "stopped") return;
    state = "idle";
    if (since === "again") void run();
  }

  return {
    soon() {
      if (state === "idle") void run();
      else if (state === "busy") state = "again";
    },
    stop() {
      state = "stopped";
    },
  };
}

/** What the last event was about; `all`: it was a snapshot, before which events may have been missed. */
export interface Touched {
  all: boolean;
  runs: ReadonlySet<string>;
  systems: ReadonlySet<string>;
}

export const touched = signal<Touched>({ all: false, runs: new Set(), systems: new Set() });

/** @returns Whether the change is about any run or system. */
export function tellTouched(change: Pick<Change, "runs" | "systems" | "touched" | "warnings">): boolean {
  const runs = new Set([...change.runs.map(({ id }) => id), ...(change.touched?.runs ?? [])]);
  const warned = Object.keys(change.warnings ?? {});
  const systems = new Set([...change.systems.map(({ name }) => name), ...warned, ...(change.touched?.systems ?? [])]);
  const isAny = runs.size + systems.size > 0;
  if (isAny) touched.value = { all: false, runs, systems };
  return isAny;
}

export function tellAllTouched(): void {
  touched.value = { all: true, runs: new Set(), systems: new Set() };
}

export const runTouched =
  (id: string) =>
  ({ all, runs }: Touched): boolean =>
    all || runs.has(id);

export interface Fresh {
  /** @param isShown Whether the answer is still wanted; to be asked when it is there. */
  load(isShown: () => boolean): Promise<void>;
  /** What was asked for does not exist. */
  gone(isShown: () => boolean): void;
}

/** Loads something now, and again when an event concerns it. @returns A function that ends that. */
export function keepFresh(concerns: (of: Touched) => boolean, { load, gone }: Fresh): () => void {
  let shown = true;
  const isShown = (): boolean => shown;
  const reloader = createReloader(async () => {
    try {
      await load(isShown);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) gone(isShown);
      // Other failures are temporary: the next event or snapshot asks again.
    }
  });
  reloader.soon();
  const unsubscribe = touched.subscribe((of) => {
    if (concerns(of)) reloader.soon();
  });
  return () => {
    shown = false;
    unsubscribe();
    reloader.stop();
  };
}

export interface Live<Answer> {
  /** The last one, also while that of another path is under way; undefined: there is none yet. */
  answer: Answer | undefined;
  /** What was asked for does not exist. */
  missing: boolean;
}

/**
 * What the coordinator answers under a path, asked for again when an event concerns it.
 * @param concerns Has to be the same for the same path.
 */
export function useLive<Answer>(path: string, concerns: (of: Touched) => boolean): Live<Answer> {
  const live = useSignal<Live<Answer>>({ answer: undefined, missing: false });
  useEffect(
    () =>
      keepFresh(concerns, {
        async load(isShown) {
          const answer = await request<Answer>("GET", path);
          if (isShown()) live.value = { answer, missing: false };
        },
        gone(isShown) {
          if (isShown()) live.value = { answer: undefined, missing: true };
        },
      }),
    [path],
  );
  return live.value;
}
