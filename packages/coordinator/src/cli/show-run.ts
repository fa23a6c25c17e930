import { createLogUpdate } from "log-update";
import type { RunForecast } from "../app/forecasts.ts";
import type { RunView } from "../app/operations.ts";
import type { Connection } from "./api-client.ts";
import { followForecast } from "./follow-forecast.ts";
import { follow, type Followed } from "./follow.ts";
import { renderExpected } from "./render/forecast-text.ts";
import { renderRun, runLine } from "./render/run-lines.ts";

/** Between two pictures on a terminal, ms. */
const REDRAW = 250;
/** Between two lines of progress where there is no terminal, ms. */
const QUIET = 5_000;

/** Follows a run and shows it on standard error: a live table on a terminal, a line now and then elsewhere. */
export async function showRun(connection: Connection, id: string, wait: boolean): Promise<Followed> {
  return process.stderr.isTTY ? showLive(connection, id, wait) : showQuietly(connection, id, wait);
}

async function showLive(connection: Connection, id: string, wait: boolean): Promise<Followed> {
  const screen = createLogUpdate(process.stderr);
  let latest: RunView | undefined;
  const forecast = followForecast(connection, id);
  const draw = () => latest && screen([renderRun(latest, Date.now()), ...expected(latest, forecast.latest())].join("\n"));
  const timer = setInterval(draw, REDRAW);
  try {
    const followed = await follow(connection, id, (view) => (latest = view), wait);
    latest = followed.view;
    draw();
    return followed;
  } finally {
    clearInterval(timer);
    forecast.stop();
    screen.done();
  }
}

async function showQuietly(connection: Connection, id: string, wait: boolean): Promise<Followed> {
  let said = 0;
  let toldBefore = "";
  const forecast = followForecast(connection, id);
  try {
    const followed = await follow(
      connection,
      id,
      (view) => {
        if (Date.now() - said < QUIET) return;
        said = Date.now();
        console.error(runLine(view, said));
        const told = expected(view, forecast.latest()).join("\n");
        if (told !== "" && told !== toldBefore) console.error(told);
        toldBefore = told;
      },
      wait,
    );
    console.error(renderRun(followed.view, Date.now()));
    return followed;
  } finally {
    forecast.stop();
  }
}

function expected({ run }: RunView, forecast: RunForecast): string[] {
  return run.endedAt === undefined ? renderExpected(forecast, Date.now()) : [];
}
