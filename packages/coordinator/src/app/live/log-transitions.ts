import { unitKey, ENDED } from "@sitewright/protocol";
import { type Phase, type Run } from "../../domain/runs/run.ts";
import type { LiveView } from "./live-view.ts";
import type { Log } from "../log.ts";

/** Logs the transitions of every run and every order. @returns A function that stops it. */
export function logTransitions(live: LiveView, log: Log): () => void {
  /** By run or phase: the last state logged. */
  const said = new Map<string, string>();

  function isNew(id: string, now: string, ended: boolean): boolean {
    const before = said.get(id);
    if (ended) said.delete(id);
    else said.set(id, now);
    return before !== now;
  }

  function tellRun(run: Run): void {
    if (!isNew(run.id, run.state, run.endedAt !== undefined)) return;
    log.info({ run: run.id, kind: run.kind, state: run.state, ...(run.error ? { error: run.error } : {}) }, `the run is ${run.state}`);
  }

  function tellPhase(phase: Phase): void {
    // A plan of thousands of phases arrives at once: that they wait is not logged.
    const isPlanned = phase.state === "waiting" && phase.epoch === 1 && !said.has(phase.id);
    if (!isNew(phase.id, `${phase.state} ${phase.epoch}`, ENDED.has(phase.state)) || isPlanned) return;
    const { state, task, epoch, run } = phase;
    const facts = { ...aboutPhase(phase), run, task, epoch, state, ...outcomeFacts(phase) };
    if (state === "failed") log.warn(facts, `${task} failed`);
    // The line that it was sent follows.
    else if (state === "released") log.debug(facts, `${task} is ${state}`);
    else log.info(facts, `${task} is ${state}`);
  }

  return live.subscribe((event) => {
    if (event.type === "run") tellRun(event.run);
    if (event.type === "phase") tellPhase(event.phase);
  });
}

/** The facts of every line about an order. */
export function aboutPhase({ id, system, unit }: Pick<Phase, "id" | "system" | "unit">): { order: string; system: string; unit: string } {
  return { order: id, system, unit: unitKey(unit) };
}

function outcomeFacts({ state, outcome, wireBytes }: Phase): object {
  if (!ENDED.has(state)) return {};
  if (outcome?.kind !== "failed") return { wireBytes };
  const { code, message: error, path } = outcome;
  return { wireBytes, code, error, ...(path === undefined ? {} : { path }) };
}
