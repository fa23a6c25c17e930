import { SitewrightError, type OwnedPath, type Unit } from "@sitewright/protocol";
import { foldersInUse, type Retained, type UnitState } from "../../domain/unit-state.ts";
import { discardQuietly, dropUnused, numbered } from "./order-tools.ts";
import type { PendingSwitch, Site, SwitchRow } from "./unit-ports.ts";

interface SwitchRequest {
  root: string;
  before: UnitState;
  /** Holds what comes in. */
  folder: string;
  /** Where that folder goes, with what came out. */
  keepAt: string;
  owned: readonly OwnedPath[];
  /** Files of what goes out that have a second name in what comes in. */
  kept: readonly Retained[];
  /** Whether what comes in was live before, with what was kept beside it. */
  returning: boolean;
  /** The state when all is done. */
  after(rows: SwitchRow[], retained: Retained[]): UnitState;
}

/** Exchanges one generation of a unit for another under a journal. Runs in one go: no other order, no timer comes between. */
export function switchGeneration(site: Site, request: SwitchRequest): UnitState {
  const { root, before, folder, keepAt, owned } = request;
  const rows = site.switcher.survey(root, folder, numbered(owned));
  const gone = request.returning ? undefined : rows.find((row) => row.in === undefined);
  if (gone)
    throw new SitewrightError("STAGING_DAMAGED", `${gone.path} is gone from the staging folder: stage it again`, { path: gone.path });
  const { kept } = request;
  const keptPaths = new Set(kept.map((file) => file.path));
  const wentOut = before.retained.filter((file) => file.side === "live").map((file): Retained => ({ ...file, side: "previous" }));
  const cameBack = request.returning
    ? before.retained.filter((file) => file.side === "previous").map((file): Retained => ({ ...file, side: "live" }))
    : [];
  const retained = [...kept, ...cameBack.filter((file) => !keptPaths.has(file.path)), ...wentOut];
  const after = request.after(rows, retained);
  const pending: PendingSwitch = { root, folder, keepAt, rows, after };
  site.units.beginSwitch(after.unit, pending);
  void endSwitch(site, before, pending);
  return after;
}

/** Carries a recorded switch to its end. The promise ends when what nobody keeps is removed, with the number of its files. */
export function endSwitch(site: Site, before: UnitState, pending: PendingSwitch): Promise<number> {
  site.switcher.carryOut(pending);
  site.units.endSwitch(pending.after);
  dropUnused(site, before, pending.after);
  const kept = foldersInUse(pending.after).includes(pending.keepAt);
  return kept ? Promise.resolve(0) : discardQuietly(site, pending.root, pending.keepAt);
}

/**
 * A switch that broke off is finished, never taken back, before anything else happens to its unit; below a root that is served no
 * more, nothing is touched. Returns whether there was one to finish.
 */
export function settleSwitch(site: Site, unit: Unit): boolean {
  const pending = site.units.pendingSwitch(unit);
  if (!pending || !site.roots.some((root) => root.path === pending.root)) return false;
  void endSwitch(site, site.units.read(unit), pending);
  return true;
}
