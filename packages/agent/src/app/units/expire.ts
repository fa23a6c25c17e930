import { unitKey } from "@sitewright/protocol";
import { placeIn, type Retained, type UnitState } from "../../domain/unit-state.ts";
import { knownManifest, replaceState } from "./order-tools.ts";
import type { Site } from "./unit-ports.ts";

/** What could not be ended is tried again after this time, ms. */
const RETRY = 60_000;

/** Ends every grace time that has passed; returns when to look again, ms since 1970. A unit that fails keeps no other from its end. */
export function expireGrace(site: Site, now: number): number | undefined {
  let next: number | undefined;
  const lookAt = (time: number) => (next = Math.min(next ?? time, time));
  for (const state of site.units.all()) {
    if (!site.roots.some((root) => root.path === state.root) || site.units.pendingSwitch(state.unit)) continue;
    try {
      graceTimes(expireUnit(site, state, now)).forEach(lookAt);
    } catch (error) {
      site.log("warn", "a grace time that has passed cannot be ended, trying again", { unit: unitKey(state.unit), err: error });
      lookAt(now + RETRY);
    }
  }
  return next;
}

function graceTimes(state: UnitState): number[] {
  return [...(state.previous ? [state.previous.expires] : []), ...state.retained.map((file) => file.expires)];
}

function expireUnit(site: Site, state: UnitState, now: number): UnitState {
  if (graceTimes(state).every((time) => time > now)) return state;
  const over = state.retained.filter((file) => file.expires <= now);
  if (over.length > 0) unlinkRetained(site, state, over);
  const { previous, ...rest } = state;
  const keep = previous && previous.expires > now;
  const after: UnitState = {
    ...rest,
    retained: state.retained.filter((file) => file.expires > now && (keep || file.side === "live")),
    ...(keep ? { previous } : {}),
  };
  replaceState(site, state, after);
  return after;
}

function unlinkRetained(site: Site, state: UnitState, over: readonly Retained[]): void {
  const { root, previous } = state;
  const current = new Set(knownManifest(site, state.live?.manifest)?.entries.map((entry) => entry.path));
  for (const { path, inode, side } of over) {
    const place = side === "live" ? path : previous && placeIn(previous.folder, previous.owned, path);
    if (root === undefined || place === undefined || (side === "live" && current.has(path))) continue;
    try {
      site.switcher.unlink(root, place, inode);
    } catch (error) {
      site.log("warn", "a reference kept for its grace time cannot be removed", { unit: unitKey(state.unit), path, err: error });
    }
  }
}
