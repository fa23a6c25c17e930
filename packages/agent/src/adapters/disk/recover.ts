import { formatGeneration, isPlausibleGeneration, unitKey } from "@sitewright/protocol";
import { settleSwitch } from "../../app/units/switch-generation.ts";
import type { Site } from "../../app/units/unit-ports.ts";
import { manifestsInUse, type UnitState } from "../../domain/unit-state.ts";

/** Finishes what a crash left, below the roots whose disks are there. */
export function recover(site: Site): void {
  for (const { path } of site.roots) if (!site.presence.isHeld(path)) settleSwitches(site, path);
  for (const state of site.units.all()) if (state.highest && !isPlausibleGeneration(state.highest)) setFenceAside(site, state);
  site.manifests.keepOnly(new Set(site.units.all().flatMap(manifestsInUse)));
}

/** Ends the activations below one root that were interrupted. */
export function settleSwitches(site: Site, root: string): void {
  for (const unit of site.units.unitsInSwitch()) {
    if (site.units.pendingSwitch(unit)?.root !== root) continue;
    try {
      const ended = settleSwitch(site, unit);
      if (ended) site.log("info", `an interrupted activation was ${ended}`, { unit: unitKey(unit) });
    } catch (error) {
      site.log("error", "an interrupted activation cannot be finished yet", { unit: unitKey(unit), err: error });
    }
  }
}

/** An earlier version took an order of a generation that nothing can follow: with it as the fence, no order would be taken any more. */
function setFenceAside(site: Site, { highest, ...state }: UnitState): void {
  site.units.write(state);
  site.log("warn", "the unit's fence was an implausible generation: it is set aside", {
    unit: unitKey(state.unit),
    generation: highest && formatGeneration(highest),
  });
}
