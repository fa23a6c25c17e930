import { PLAN_PAGE_ROWS } from "@sitewright/protocol/api";
import type { Forecast } from "../../domain/forecast/forecast.ts";
import { planRows, planTotals, rowsWith, type PlanRow, type PlanTotals } from "../../domain/runs/plan-rows.ts";
import type { Run } from "../../domain/runs/run.ts";
import { stepThrough } from "../step-through.ts";
import type { Board } from "../runs/board.ts";
import type { ForecastKeeper } from "./forecasts.ts";

/** A page of what a rebuild would take; rows by system. */
export interface Plan {
  run: Run;
  rows: PlanRow[];
  totals: PlanTotals;
  /** Rows with the text that was asked for, on all pages. */
  found: number;
  /** As if the rebuild began now, after what is queued; absent: nothing was planned, or it is a later page. */
  forecast?: Forecast;
  /** Cursor of the next page; absent: this is the last one. */
  next?: string;
}

export interface PlanPage {
  /** Rows of the page. */
  limit?: number;
  /** `next` of the page before. */
  after?: string;
  /** Part of the name of a unit or a system. */
  text?: string;
}

interface MadePlan {
  run: string;
  rows: readonly PlanRow[];
  totals: PlanTotals;
  forecast: Forecast | undefined;
}

/** The last plan stays in memory for so long after it was read, ms: its pages and what is searched in it need no new forecast. */
const KEPT_MS = 60_000;

/** Results of dry runs, page by page. */
export function createPlans({ board, forecasts }: { board: Board; forecasts: ForecastKeeper }) {
  let kept: MadePlan | undefined;
  let forgetting: NodeJS.Timeout | undefined;

  async function make(run: Run): Promise<MadePlan> {
    const phases = await board.read(run.id);
    const { forecast, servedAt } = await forecasts.ofPlan(run, phases);
    const { value: rows } = await stepThrough(planRows(phases, servedAt));
    const { value: totals } = await stepThrough(planTotals(rows));
    return { run: run.id, rows, totals, forecast };
  }

  function keep(made: MadePlan): void {
    kept = made;
    clearTimeout(forgetting);
    forgetting = setTimeout(() => (kept = undefined), KEPT_MS).unref();
  }

  return async (run: Run, { limit = PLAN_PAGE_ROWS, after = "0", text = "" }: PlanPage): Promise<Plan> => {
    const from = Number(after);
    // The first page of all rows is made again: in the meantime lines and queues may have changed.
    const made = kept?.run === run.id && (from > 0 || text !== "") ? kept : await make(run);
    keep(made);
    const { value: found } = await stepThrough(rowsWith(text, made.rows));
    return {
      run,
      rows: found.slice(from, from + limit),
      totals: made.totals,
      found: found.length,
      ...(made.forecast && from === 0 ? { forecast: made.forecast } : {}),
      ...(from + limit < found.length ? { next: String(from + limit) } : {}),
    };
  };
}
