import { signal } from "@preact/signals";
import type { RunForecast } from "@sitewright/protocol/api";
import { request } from "./client.ts";

/** Forecasts of the runs that are shown. */
export const forecasts = signal<ReadonlyMap<string, RunForecast>>(new Map());

/** Interval at which the coordinator updates them, ms. */
const AGAIN = 5_000;

/** Keeps the forecast of a run current. @param open It changes until the run has ended. @returns A function that ends that. */
export function watchForecast(run: string, open: boolean): () => void {
  const ask = (): void => {
    request<RunForecast>("GET", `/api/v1/runs/${encodeURIComponent(run)}/forecast`).then(
      (found) => (forecasts.value = new Map([...forecasts.value, [run, found]])),
      // After any failure, the next attempt may succeed.
      () => {},
    );
  };
  ask();
  const timer = open ? setInterval(ask, AGAIN) : undefined;
  return () => clearInterval(timer);
}
