import type { RunForecast } from "../app/forecasts.ts";
import { call, type Connection } from "./api-client.ts";

/** The coordinator makes forecasts anew so often, ms. */
const AGAIN = 5_000;

/** Keeps a run's forecast at hand, as far as the coordinator answers. */
export function followForecast(connection: Connection, id: string): { latest(): RunForecast; stop(): void } {
  let latest: RunForecast = {};
  const ask = (): void => {
    call<RunForecast>(connection, "GET", `/api/v1/runs/${id}/forecast`).then(
      (found) => (latest = found),
      // Whoever follows the run itself tells what is wrong.
      () => {},
    );
  };
  ask();
  const timer = setInterval(ask, AGAIN);
  return { latest: () => latest, stop: () => clearInterval(timer) };
}
