import { signal } from "@preact/signals";
import type { RunForecast } from "@sitewright/protocol/api";
import { request } from "./client.ts";

/** What is expected of the runs that somebody looks at. */
export const forecasts = signal<ReadonlyMap<string, RunForecast>>(new Map());

/** The coordinator makes them again so often, ms. */
const AGAIN = 5_000;

/** Keeps a run's forecast at hand. @param open It changes until the run has ended. @returns what ends that. */
export function watchForecast(run: string, open: boolean): () => void {
  const ask = (): void => {
    request<RunForecast>("GET", `/api/v1/runs/${encodeURIComponent(run)}/forecast`).then(
      (found) => (forecasts.value = new Map([...forecasts.value, [run, found]])),
      // Whatever it was, the next time may be better.
      () => {},
    );
  };
  ask();
  const timer = open ? setInterval(ask, AGAIN) : undefined;
  return () => clearInterval(timer);
}
