import { terminalText } from "@sitewright/protocol";
import type { RunForecast, RunView } from "@sitewright/protocol/api";
import { createLogUpdate } from "log-update";
import { type Connection, call } from "./api-client.ts";
import { follow, type Followed } from "./follow.ts";
import { renderExpected } from "./render/forecast-text.ts";
import { renderRun, renderRunWithin, runLine } from "./render/run-lines.ts";
import { tell } from "@sitewright/node-kit/output";

/** Interval at which the coordinator updates forecasts, ms. */
const AGAIN = 5_000;

/** Keeps the latest forecast of a run, as far as the coordinator answers. */
function followForecast(connection: Connection, id: string): { latest(): RunForecast; stop(): void } {
  let latest: RunForecast = {};
  const ask = (): void => {
    call<RunForecast>(connection, "GET", `/api/v1/runs/${id}/forecast`).then(
      (found) => (latest = found),
      // The code that follows the run reports errors.
      () => {},
    );
  };
  ask();
  const timer = setInterval(ask, AGAIN);
  return { latest: () => latest, stop: () => clearInterval(timer) };
}

/** Between two updates of a terminal, ms. */
const REDRAW = 250;
/** Between two lines of progress without a terminal, ms. */
const QUIET = 5_000;

/** Exit code that shells report for a program ended by Ctrl+C. */
const INTERRUPTED = 130;

/** Follows a run and shows it on standard error: a live table on a terminal, single lines elsewhere. */
export async function showRun(connection: Connection, id: string, wait: boolean): Promise<Followed> {
  // The run belongs to the coordinator and continues when the operator stops watching; say so to one who meant to stop it.
  const leave = (): void => {
    tell(`\nThe run continues. Follow it: sitewright watch ${id}    Stop it: sitewright cancel ${id}`);
    process.exit(INTERRUPTED);
  };
  process.once("SIGINT", leave);
  try {
    return await (process.stderr.isTTY ? showLive(connection, id, wait) : showQuietly(connection, id, wait));
  } finally {
    process.off("SIGINT", leave);
  }
}

async function showLive(connection: Connection, id: string, wait: boolean): Promise<Followed> {
  const screen = createLogUpdate(process.stderr);
  let latest: RunView | undefined;
  const forecast = followForecast(connection, id);
  const draw = () => {
    if (!latest) return;
    const below = expected(latest, forecast.latest());
    const { rows, columns } = process.stderr;
    // The cursor is on an empty line.
    screen(terminalText([renderRunWithin(latest, Date.now(), { height: rows - below.length - 1, columns }), ...below].join("\n")));
  };
  const timer = setInterval(draw, REDRAW);
  try {
    const followed = await follow(connection, id, (view) => (latest = view), wait);
    screen.clear();
    tell(renderRun(followed.view, Date.now()));
    return followed;
  } finally {
    clearInterval(timer);
    forecast.stop();
    screen.done();
  }
}

async function showQuietly(connection: Connection, id: string, wait: boolean): Promise<Followed> {
  let said = -Infinity;
  let toldBefore = "";
  const forecast = followForecast(connection, id);
  try {
    const followed = await follow(
      connection,
      id,
      (view) => {
        if (performance.now() - said < QUIET) return;
        said = performance.now();
        tell(runLine(view, Date.now()));
        const told = expected(view, forecast.latest()).join("\n");
        if (told !== "" && told !== toldBefore) tell(told);
        toldBefore = told;
      },
      wait,
    );
    tell(renderRun(followed.view, Date.now()));
    return followed;
  } finally {
    forecast.stop();
  }
}

function expected({ run }: RunView, forecast: RunForecast): string[] {
  return run.endedAt === undefined ? renderExpected(forecast, Date.now()) : [];
}
