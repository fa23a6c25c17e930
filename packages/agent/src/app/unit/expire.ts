import { unitKey, type Digest } from "@sitewright/protocol";
import { placeIn, type Retained, type UnitState } from "../../domain/unit-state.ts";
import { update } from "./state.ts";
import type { UnitServices } from "../ports/stores.ts";

/** Pause before the next attempt, ms. */
const RETRY = 60_000;
/** A reference that cannot be removed is not a deviation in the meantime; pause before the next attempt, ms. */
const UNLINK_AGAIN = 600_000;

/** Ends every expired grace time; returns when to check again, ms since 1970. A failure with one unit does not affect others. */
export function expireGrace(services: UnitServices, now: number): number | undefined {
  let next: number | undefined;
  const lookAt = (time: number) => (next = Math.min(next ?? time, time));
  for (const state of services.units.all()) {
    const { root } = state;
    if (root === undefined || !services.roots.some(({ path }) => path === root) || services.presence.isHeld(root)) continue;
    if (services.units.pendingSwitch(state.unit)) continue;
    try {
      graceTimes(expireUnit(services, state, now)).forEach(lookAt);
    } catch (error) {
      services.log("warn", "an expired grace time cannot be ended, trying again", { unit: unitKey(state.unit), err: error });
      lookAt(now + RETRY);
    }
  }
  return next;
}

function graceTimes(state: UnitState): number[] {
  return [...(state.previous ? [state.previous.expires] : []), ...state.retained.map((file) => file.expires)];
}

function expireUnit(services: UnitServices, state: UnitState, now: number): UnitState {
  if (graceTimes(state).every((time) => time > now)) return state;
  const over = state.retained.filter((file) => file.expires <= now);
  const left = over.length > 0 ? unlinkRetained(services, state, over) : new Set();
  return update(services, state.unit, ({ previous, retained, ...rest }) => {
    const keep = previous && previous.expires > now;
    const again = over.filter((file) => left.has(file)).map((file): Retained => ({ ...file, expires: now + UNLINK_AGAIN }));
    return {
      ...rest,
      retained: [...retained.filter((file) => file.expires > now), ...again].filter((file) => keep || file.side === "live"),
      ...(keep ? { previous } : {}),
    };
  });
}

/** Returns those that could not be unlinked. */
function unlinkRetained(services: UnitServices, state: UnitState, over: readonly Retained[]): Set<Retained> {
  const { root, previous } = state;
  const left = new Set<Retained>();
  if (root === undefined) return left;
  const current = ofManifest(services, state.live?.manifest, new Set(over.filter(({ side }) => side === "live").map(({ path }) => path)));
  const files = over.flatMap((file) => {
    const { path, inode, side } = file;
    const place = side === "live" ? path : previous && placeIn(previous.folder, previous.owned, path);
    return place === undefined || (side === "live" && current.has(path)) ? [] : [{ path: place, inode, file }];
  });
  services.switcher.unlink(root, files, ({ path, file }, err) => {
    left.add(file);
    services.log("warn", "a reference kept for its grace time cannot be removed", { unit: unitKey(state.unit), path, err });
  });
  return left;
}

/** Which of the paths the manifest has too. */
function ofManifest({ manifests }: Pick<UnitServices, "manifests">, digest: Digest | undefined, paths: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  using manifest = digest === undefined || paths.size === 0 ? undefined : manifests.open(digest);
  for (const { entries } of manifest?.windows() ?? []) for (const { path } of entries) if (paths.has(path)) found.add(path);
  return found;
}
