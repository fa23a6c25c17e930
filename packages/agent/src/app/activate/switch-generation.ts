import { SitewrightError, unitKey, type OwnedPath, type Unit } from "@sitewright/protocol";
import { isPart } from "../../domain/switch-parts.ts";
import { foldersInUse, type Retained, type UnitState } from "../../domain/unit-state.ts";
import { numbered } from "../unit/order-tools.ts";
import { discardQuietly, dropUnused } from "../unit/state.ts";
import type { PendingSwitch, UnitServices, SwitchRow } from "../ports/stores.ts";

interface SwitchRequest {
  root: string;
  before: UnitState;
  /** Holds the incoming tree. */
  folder: string;
  /** Destination of that folder, with the outgoing tree. */
  keepAt: string;
  owned: readonly OwnedPath[];
  /** Files of the outgoing tree that have a second name in the incoming one. */
  kept: readonly Retained[];
  /** Whether the incoming tree was live before, with what was kept beside it. */
  returning: boolean;
  /** The state when all is done. */
  after(rows: SwitchRow[], retained: Retained[]): UnitState;
}

/**
 * Exchanges one generation of a unit for another under a journal. Synchronous: no other order and no timer intervenes. Throws
 * `SWITCH_BLOCKED` before anything is moved; after any later error, the previous generation is live again.
 */
export function switchGeneration(services: UnitServices, request: SwitchRequest): UnitState {
  const { root, before, folder, keepAt, owned } = request;
  const rows = services.switcher.survey(root, folder, numbered(owned));
  const gone = request.returning ? undefined : rows.find((row) => row.in === undefined && !isPart(row));
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
  void carrySwitch(services, before, { root, folder, keepAt, rows, after });
  return after;
}

/**
 * Tries a switch, records it, and carries it out. The promise resolves when what is no longer kept is removed, with the number of its
 * files.
 */
export function carrySwitch(services: UnitServices, before: UnitState, pending: PendingSwitch): Promise<number> {
  services.switcher.prepare(pending);
  services.units.beginSwitch(pending.after.unit, pending);
  const ended = endSwitch(services, before, pending);
  if ("why" in ended) throw ended.why;
  return ended.removed;
}

/**
 * An interrupted switch is finished before anything else is done to its unit: carried out, or taken back if that had begun or a row of it
 * cannot be moved any more. Below a root that is no longer served, nothing is touched. Returns how it ended, if there was one.
 */
export function settleSwitch(services: UnitServices, unit: Unit): "finished" | "taken back" | undefined {
  const pending = services.units.pendingSwitch(unit);
  if (!pending || !services.roots.some((root) => root.path === pending.root)) return undefined;
  const ended = endSwitch(services, services.units.read(unit), pending, () => services.switcher.prepare(pending));
  if (!("why" in ended)) return "finished";
  services.log("warn", "an interrupted activation cannot continue: the previous generation is live", {
    unit: unitKey(unit),
    err: ended.why,
  });
  return "taken back";
}

/** How a recorded switch ended: carried out, or taken back. Throws if neither is possible; it stays recorded then. */
function endSwitch(
  services: UnitServices,
  before: UnitState,
  pending: PendingSwitch,
  prepare = () => {},
): { removed: Promise<number> } | { why: unknown } {
  let why: unknown = "it was being taken back";
  try {
    if (!pending.back) prepare();
    if (!pending.back) services.switcher.carryOut(pending);
  } catch (error) {
    if (!services.switcher.exists(pending.root, pending.folder)) throw error; // its disk is absent, or only the commit is missing
    why = error;
    pending = { ...pending, back: true };
    markBack(services, pending);
  }
  if (pending.back && services.switcher.takeBack(pending)) {
    services.units.dropSwitch(pending.after.unit);
    return { why };
  }
  return { removed: commit(services, before, pending) };
}

/** The order fails: the next start must not continue with it. */
function markBack(services: UnitServices, pending: PendingSwitch): void {
  const { unit } = pending.after;
  try {
    services.units.beginSwitch(unit, pending);
  } catch (error) {
    services.log("warn", "taking back an activation cannot be recorded", { unit: unitKey(unit), err: error });
  }
}

function commit(services: UnitServices, before: UnitState, pending: PendingSwitch): Promise<number> {
  services.units.endSwitch(pending.after);
  dropUnused(services, before, pending.after);
  const kept = foldersInUse(pending.after).includes(pending.keepAt);
  return kept ? Promise.resolve(0) : discardQuietly(services, pending.root, pending.keepAt);
}
