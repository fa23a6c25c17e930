import { unitKey, type Digest } from "@sitewright/protocol";
import { placeIn, type Retained, type UnitState } from "../../domain/unit-state.ts";
import { replaceState } from "./order-tools.ts";
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
  if (root === undefined) return;
  const current = ofManifest(site, state.live?.manifest, new Set(over.filter(({ side }) => side === "live").map(({ path }) => path)));
  const files = over.flatMap(({ path, inode, side }) => {
    const place = side === "live" ? path : previous && placeIn(previous.folder, previous.owned, path);
    return place === undefined || (side === "live" && current.has(path)) ? [] : [{ path: place, inode }];
  });
  site.switcher.unlink(root, files, (path, err) =>
    site.log("warn", "a reference kept for its grace time cannot be removed", { unit: unitKey(state.unit), path, err }),
  );
}

/** Which of the paths the manifest has too. */
function ofManifest(site: Site, digest: Digest | undefined, paths: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  using manifest = digest === undefined || paths.size === 0 ? undefined : site.manifests.open(digest);
  for (const { entries } of manifest?.windows() ?? []) for (const { path } of entries) if (paths.has(path)) found.add(path);
  return found;
}
