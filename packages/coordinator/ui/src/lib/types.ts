/** The coordinator's own shapes: types only, so that nothing of it is bundled. */
export type { AddressView, Overview, RunTotals, RunView, SystemView } from "../../../src/app/operations.ts";
export type { LogAnswer, LogLine } from "../../../src/app/log-book.ts";
export type { Indexing } from "../../../src/app/live-view.ts";
export type { Change } from "../../../src/http/live-stream.ts";
export type { Site } from "../../../src/domain/hierarchy.ts";
export type { PlanRow } from "../../../src/domain/plan-rows.ts";
export type { Phase, PhaseState, Run, RunKind, RunOptions, RunState, WaitReason } from "../../../src/domain/run.ts";
