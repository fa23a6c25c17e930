import { SitewrightError, type Manifest, type OwnedPath, type Unit } from "@sitewright/protocol";
import { foldersInUse, placeIn, type Retained, type UnitState } from "../../domain/unit-state.ts";
import { discardQuietly, dropUnused, knownManifest, numbered } from "./order-tools.ts";
import type { PendingSwitch, Site, SwitchRow } from "./unit-ports.ts";

/** Files of a CAP that clients reach by a name which they read in another file. */
const REFERENCE = /\.(ins|ofr|pkg|nal)$/i;

export interface SwitchRequest {
  root: string;
  before: UnitState;
  /** Holds what comes in. */
  folder: string;
  /** Where that folder goes, with what came out. */
  keepAt: string;
  owned: readonly OwnedPath[];
  /** What comes in, as far as it is known. */
  incoming?: Manifest;
  /** Whether what comes in was live before, with what was kept beside it. */
  returning: boolean;
  graceMs: number;
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
  const expires = Date.now() + request.graceMs;
  const kept = request.incoming && request.graceMs > 0 ? referencesToKeep(site, request, request.incoming, expires) : [];
  const wentOut = before.retained.filter((file) => file.side === "live").map((file): Retained => ({ ...file, side: "previous" }));
  const cameBack = request.returning
    ? before.retained.filter((file) => file.side === "previous").map((file): Retained => ({ ...file, side: "live" }))
    : [];
  const retained = [...kept, ...cameBack.filter((file) => !kept.some((other) => other.path === file.path)), ...wentOut];
  const links = kept.map(({ path, inode }) => ({ from: path, to: placeIn(folder, owned, path), inode }));
  const after = request.after(rows, retained);
  const pending: PendingSwitch = { root, folder, keepAt, rows, links, after };
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

/** References of the outgoing generation that the incoming one lacks; only of a tree that we know, so that nothing strange is kept. */
function referencesToKeep(site: Site, { root, before, owned }: SwitchRequest, incoming: Manifest, expires: number): Retained[] {
  const outgoing = before.unit.role === "cap" ? knownManifest(site, before.live?.manifest) : undefined;
  if (!outgoing) return [];
  const coming = new Set(incoming.entries.map((entry) => entry.path));
  for (const top of incoming.owned) coming.add(top.path);
  const places = new Map<string, number>();
  for (const entry of outgoing.entries) if (entry.kind === "file" && REFERENCE.test(entry.path)) places.set(entry.path, expires);
  for (const file of before.retained) if (file.side === "live" && file.expires > Date.now()) places.set(file.path, file.expires);
  const kept: Retained[] = [];
  for (const [path, until] of places) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (coming.has(path) || !coming.has(folder) || !owned.some((top) => path.startsWith(`${top.path}/`))) continue;
    const inode = site.switcher.fileInode(root, path);
    if (inode !== undefined) kept.push({ path, inode, expires: until, side: "live" });
  }
  return kept;
}
