import { SitewrightError, type OwnedPath } from "@sitewright/protocol";
import type { UnitState } from "../../domain/unit-state.ts";
import { indexLocal, tellIndexing, type LocalIndex } from "../inspect/local-index.ts";
import type { UnitContext } from "../unit/context.ts";
import { openRootDisk } from "../unit/root-disk.ts";

/** What this disk holds of a unit, looked up while the manifest is on its way that says what it owns. */
export interface EarlyIndex {
  /** Undefined when it owns something else than before. */
  of(owned: readonly OwnedPath[]): Promise<LocalIndex> | undefined;
  /** Nobody wants it any more. */
  [Symbol.dispose](): void;
}

export function indexEarly(context: UnitContext, path: string, state: UnitState): EarlyIndex {
  const end = new AbortController();
  const before = state.live?.seen?.owned;
  const root = openRootDisk(context.services, path, AbortSignal.any([context.signal, end.signal]));
  const index = before && indexLocal(root, state, before, tellIndexing(context));
  index?.catch(() => {}); // whoever asks for it is told
  return {
    of: (owned) => (before && haveSamePaths(before, owned) ? index : undefined),
    [Symbol.dispose]: () => end.abort(new SitewrightError("CANCELLED", "what is here of a unit is not asked for any more")),
  };
}

function haveSamePaths(some: readonly OwnedPath[], others: readonly OwnedPath[]): boolean {
  return some.length === others.length && some.every(({ path, kind }, i) => path === others[i]?.path && kind === others[i]?.kind);
}
