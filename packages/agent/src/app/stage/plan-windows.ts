import { planRebuild, type RebuildPlan } from "../../domain/tree/rebuild-plan.ts";
import type { StagedScan } from "./scan-staged.ts";
import type { HeldManifest, ManifestWindow } from "../ports/stores.ts";
import { findSources, type LocalFile, type SourceQuestion } from "./window-sources.ts";

export interface PlannedWindow {
  window: ManifestWindow;
  plan: RebuildPlan<LocalFile>;
}

/** A plan for each window, as if it were the only one: a chunk that several need counts for each of them. */
export async function* planWindows(manifest: HeldManifest, scan: StagedScan, question: SourceQuestion): AsyncGenerator<PlannedWindow> {
  for (const window of manifest.windows()) {
    const staged = await scan.window(window.entries);
    const sources = await findSources(question, window, staged);
    yield { window, plan: planRebuild(window, { staged, ...sources, underWay: () => false }) };
  }
}
