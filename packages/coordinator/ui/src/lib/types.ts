/** The coordinator's own shapes: types only, so that nothing of it is bundled. */
export type { AddressView, Overview, PackageView, Plan, RunTotals, RunView, SystemView } from "../../../src/app/runs/operations.ts";
export type { RunForecast } from "../../../src/app/runs/forecasts.ts";
export type { AddressForecast, Forecast } from "../../../src/domain/forecast/forecast.ts";
export type { Course } from "../../../src/domain/forecast/course.ts";
export type { AddressDetails, AddressStatus } from "../../../src/app/addresses/address-status.ts";
export type { AddressChange } from "../../../src/app/ports.ts";
export type { AddressPatch } from "../../../src/domain/addresses/address-override.ts";
export type { LogAnswer, LogLine } from "../../../src/app/agents/log-book.ts";
export type { MissingSource } from "../../../src/app/sites/source-control.ts";
export type { Indexing } from "../../../src/app/runs/live-view.ts";
export type { Change } from "../../../src/http/live-stream.ts";
export type { Problem, Site } from "../../../src/domain/sites/hierarchy.ts";
export type { PlanRow } from "../../../src/domain/runs/plan-rows.ts";
export type { PhaseState, RunState, WaitReason, Window } from "@sitewright/protocol";
export type { Phase, Run, RunOptions } from "../../../src/domain/runs/run.ts";
