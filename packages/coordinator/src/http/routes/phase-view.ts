import { conditionOf } from "@sitewright/protocol";
import type { Phase as PhaseView } from "@sitewright/protocol/api";
import type { Phase } from "../../domain/runs/run.ts";
import type { Given } from "../contract.ts";

/** A phase as it is answered: with its condition in one word. */
export function phaseView(phase: Phase): Given<PhaseView> {
  const condition = conditionOf(phase);
  return condition === undefined ? phase : { ...phase, condition };
}

/** The same for all phases of a run. */
export function runView<View extends { phases: Phase[] }>(view: View): Omit<View, "phases"> & { phases: Given<PhaseView>[] } {
  return { ...view, phases: view.phases.map(phaseView) };
}
