import { createCanceller, createOrdersOut, type Canceller, type OrdersOut } from "../app/runs/cancel.ts";
import { createForecasts, type ForecastKeeper } from "../app/forecast/forecasts.ts";
import { createOperations, type Operations } from "../app/runs/operations.ts";
import { createPreparer, type Preparer } from "../app/runs/prepare.ts";
import { createReleaseLoop, type ReleaseLoop } from "../app/runs/release.ts";
import type { ObjectRepair } from "../app/recovery/object-repair.ts";
import { createRunGuard, type RunGuard } from "../app/recovery/run-guard.ts";
import { createUndecidedOrders, type UndecidedOrders } from "../app/recovery/undecided-orders.ts";
import { createStallWatch } from "../app/agents/stall-watch.ts";
import { createSentAhead } from "../app/runs/sent-ahead.ts";
import { createSupervisor, type Supervisor } from "../app/runs/supervise.ts";
import type { Timings } from "../app/timings.ts";
import type { Topic } from "../app/topic.ts";
import type { CoreDeps, State } from "./state.ts";

/** Plans runs, releases their phases, follows and ends them. */
export interface Runs {
  canceller: Canceller;
  forecasts: ForecastKeeper;
  guard: RunGuard;
  operations: Operations;
  ordersOut: OrdersOut;
  preparer: Preparer;
  release: ReleaseLoop;
  supervisor: Supervisor;
  undecided: UndecidedOrders;
}

export interface RunsNeeds {
  startedAt: number;
  timings: Timings;
  objects: Pick<ObjectRepair, "undecided">;
  decided: Topic;
}

export function wireRuns(deps: CoreDeps, state: State, { startedAt, timings, objects, decided }: RunsNeeds): Runs {
  const { ledger, runStore, registry, queue, index, links, clock, steady, log } = deps;
  const { live, signals, board, site, lineSpeeds: speeds, measured, fleet, workChanged, heldBySite, isQuarantined, quarantines } = state;
  const schedule = workChanged.publish;
  const ordersOut = createOrdersOut(live);
  const forecasts = createForecasts({
    board,
    store: deps.forecasts,
    links,
    site,
    measured,
    speeds,
    isQuarantined,
    clock,
    log,
  });
  const canceller = createCanceller({ board, runStore, links, ordersOut, clock, log, timings, schedule });
  const stalls = createStallWatch({ board, canceller, links, site, clock, steady, log, timings });
  const preparer = createPreparer({
    board,
    canceller,
    fleet,
    links,
    site,
    isQuarantined,
    index,
    runStore,
    live,
    clock,
    log,
    schedule,
  });
  const undecided = createUndecidedOrders({
    board,
    links,
    site,
    quarantineOf: state.watch.quarantine,
    recoveries: state.recoveryBook,
    objects,
    preparer,
    clock,
    steady,
    log,
    schedule() {
      board.backlog.touch();
      schedule();
    },
  });
  const sentAhead = createSentAhead({ board, fleet, site, isQuarantined, undecided, clock });
  const supervisor = createSupervisor({
    board,
    links,
    site,
    signals,
    ordersOut,
    canceller,
    sentAhead,
    clock,
    steady,
    log,
    timings,
    schedule,
  });
  const release = createReleaseLoop({
    board,
    fleet,
    queue,
    links,
    site,
    heldBySite,
    quarantines,
    undecided,
    clock,
    steady,
    log,
    timings,
    supervisor,
    preparer,
    stalls,
    isPaused: deps.isPaused ?? (() => false),
    startedAt,
  });
  const guard = createRunGuard({ recoveries: state.recoveryBook, quarantineOf: state.watch.quarantine, objects, clock });
  const operations = createOperations({
    coordinator: { id: deps.coordinatorId, version: deps.version, startedAt },
    board,
    canceller,
    fleet,
    forecasts,
    ledger,
    guard,
    runStore,
    links,
    live,
    preparer,
    registry,
    site,
    caHash: deps.caHash,
    clock,
    log,
    schedule,
  });
  state.linesChanged.subscribe(supervisor.conditionsChanged);
  state.linesChanged.subscribe(board.backlog.touch);
  state.linesChanged.subscribe(schedule);
  workChanged.subscribe(release.schedule);
  workChanged.subscribe(forecasts.schedule);
  decided.subscribe(undecided.decided);
  return { canceller, forecasts, guard, operations, ordersOut, preparer, release, supervisor, undecided };
}
