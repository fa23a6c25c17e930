import type { Phase as PhaseView } from "@sitewright/protocol/api";
import { withCondition } from "../../domain/runs/phase.ts";
import type { Phase } from "../../domain/runs/run.ts";
import type { Given } from "../contract.ts";

/** A run as it is answered: each phase with its condition. */
export function runView<View extends { phases: Phase[] }>(view: View): Omit<View, "phases"> & { phases: Given<PhaseView>[] } {
  return { ...view, phases: view.phases.map(withCondition) };
}
