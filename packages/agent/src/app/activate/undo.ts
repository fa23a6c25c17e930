import { SitewrightError, type Digest, type Outcome } from "@sitewright/protocol";
import type { TreeStamp } from "../../domain/tree/tree-stamp.ts";
import { previousFolder, type PreviousTree, type Retained, type UnitState } from "../../domain/unit-state.ts";
import { linkReferences, referencesToKeep } from "./keep-references.ts";
import type { UnitContext } from "../unit/context.ts";
import { sameGeneration } from "../unit/order-tools.ts";
import { openRootDisk } from "../unit/root-disk.ts";
import { servedState } from "../unit/state.ts";
import { placeRights } from "./place-rights.ts";
import { switchGeneration } from "./switch-generation.ts";

type UndoContext = UnitContext<"undo">;

/** Stands for a tree that existed before the first activation: it has no manifest. */
const UNKNOWN_MANIFEST: Digest = "0".repeat(64);

/** Restores the previous generation; the one that was live can be restored in turn. */
export async function undo(context: UndoContext): Promise<Outcome> {
  const { services, order, signal } = context;
  const state = servedState(services, order.unit);
  if (sameGeneration(state.live?.generation, order.generation)) return undone(state);
  const { previous, path } = keptOf(context, state);
  const root = openRootDisk(services, path, signal);
  const { folder, owned } = previous;
  const references = referencesToKeep(services.manifests, state, {
    manifest: previous.live?.manifest,
    owned,
    graceMs: order.task.graceMs,
    now: services.now(),
  });
  const { stamp } = await placeRights(root, { folder, owned, stamp: previous.live?.seen?.stamp });
  const kept = await linkReferences(root, { folder, owned }, references);
  return undone(exchange(context, kept, stamp));
}

/** What is kept of the previous generation. Throws `NO_PREVIOUS_GENERATION`. */
function keptOf({ services }: UndoContext, { previous, root }: UnitState): { previous: PreviousTree; path: string } {
  if (previous && root !== undefined && previous.expires > services.now() && services.switcher.exists(root, previous.folder))
    return { previous, path: root };
  throw new SitewrightError(
    "NO_PREVIOUS_GENERATION",
    "nothing is kept of it from before: the grace time is over, or nothing was activated",
  );
}

/** Synchronously, from the current state: no other order and no end of a grace time intervenes. */
function exchange(context: UndoContext, kept: readonly Retained[], stamp: TreeStamp | undefined): UnitState {
  const { services, order } = context;
  const state = servedState(services, order.unit);
  const { previous, path: root } = keptOf(context, state);
  const { live } = state;
  const { generation, task } = order;
  return switchGeneration(services, {
    root,
    before: state,
    folder: previous.folder,
    keepAt: previousFolder(order.unit, generation),
    owned: previous.owned,
    kept,
    returning: true,
    after(_, retained) {
      const { previous: __, live: ___, staging, ...rest } = state;
      const seen = previous.live?.seen;
      const outgoing: PreviousTree = {
        ...(live ? { live } : {}),
        owned: previous.owned,
        folder: previousFolder(order.unit, generation),
        expires: services.now() + task.graceMs,
      };
      // What was staged can no longer be activated, but is still a source for the next order.
      const leftovers =
        staging && !staging.inPlace ? [...state.leftovers, { folder: staging.folder, owned: staging.owned }] : state.leftovers;
      return {
        ...rest,
        leftovers,
        live: { sourceVersion: 0, ...previous.live, ...(seen && stamp !== undefined ? { seen: { ...seen, stamp } } : {}), generation },
        retained,
        ...(task.graceMs > 0 ? { previous: outgoing } : {}),
      };
    },
  });
}

function undone(state: UnitState): Outcome {
  return { kind: "undone", manifest: state.live?.manifest ?? UNKNOWN_MANIFEST };
}
