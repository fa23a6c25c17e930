import { SitewrightError, type Digest, type Unit } from "@sitewright/protocol";
import { foldersInUse, manifestsInUse, placeIn, type UnitState } from "../../domain/unit-state.ts";
import type { UnitServices } from "../ports/stores.ts";

export function servedState(services: Pick<UnitServices, "roots" | "units">, unit: Unit): UnitState {
  return served(services, services.units.read(unit));
}

/** A state without what is below a root that this agent no longer serves. */
export function served({ roots }: Pick<UnitServices, "roots">, state: UnitState): UnitState {
  const isServed = roots.some((root) => root.role === state.unit.role && root.path === state.root);
  if (state.root === undefined || isServed) return state;
  return { unit: state.unit, ...(state.highest ? { highest: state.highest } : {}), leftovers: [], retained: [] };
}

/**
 * The only way a running agent changes the state of a unit, beside a switch of generations. Starts from the current state, because grace
 * times end while orders wait. Folders that only the old state referred to are removed. @param change Returns the same object if nothing
 * changes.
 */
export function update(services: UnitServices, unit: Unit, change: (before: UnitState) => UnitState): UnitState {
  const before = services.units.read(unit);
  const after = change(before);
  if (after === before) return before;
  services.units.write(after);
  dropUnused(services, served(services, before), after);
  return after;
}

/** What is live no longer counts as equal to its manifest, until it has been checked again. @param of Only if that is this one. */
export function forgetSeen(services: UnitServices, unit: Unit, of?: Digest): void {
  update(services, unit, (state) => {
    if (!state.live?.seen || (of !== undefined && state.live.manifest !== of)) return state;
    const { seen: _, ...live } = state.live;
    return { ...state, live };
  });
}

/** Removes folders that only the old state of a unit referred to. */
export function dropUnused(services: UnitServices, before: UnitState, after: UnitState): void {
  const used = new Set(foldersInUse(after));
  for (const folder of foldersInUse(before))
    if (!used.has(folder) && before.root !== undefined) void discardQuietly(services, before.root, folder, retainedIn(before, folder));
  const still = new Set(manifestsInUse(after));
  if (manifestsInUse(before).every((digest) => still.has(digest))) return;
  const manifests = new Set(services.units.all().flatMap(manifestsInUse));
  if (manifestsInUse(before).some((digest) => !manifests.has(digest))) services.manifests.keepOnly(manifests);
}

/** References in a folder of the agent that are kept beside the live tree as well, below that folder: their identities are not needed. */
function retainedIn({ previous, retained }: UnitState, folder: string): string[] {
  if (previous?.folder !== folder) return [];
  return retained
    .filter((file) => file.side === "previous")
    .map(({ path }) => placeIn(folder, previous.owned, path).slice(folder.length + 1));
}

/** The removal continues in the background; what it cannot remove is tried again later. */
export function discardQuietly(
  services: Pick<UnitServices, "switcher" | "log">,
  root: string,
  path: string,
  forget: readonly string[] = [],
): Promise<number> {
  const failed = (error: unknown) => {
    if (SitewrightError.from(error).code !== "CANCELLED")
      services.log("warn", "a folder of the agent could not be removed", { root, path, err: error });
    return 0;
  };
  try {
    return services.switcher.discard(root, path, forget).catch(failed);
  } catch (error) {
    return Promise.resolve(failed(error));
  }
}
