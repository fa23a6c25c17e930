import { SitewrightError, type Digest, type Order, type Outcome } from "@sitewright/protocol";
import type { TreeStamp } from "../../domain/tree/tree-stamp.ts";
import { previousFolder, type PreviousTree, type Retained, type UnitState } from "../../domain/unit-state.ts";
import { linkReferences, referencesToKeep } from "./keep-references.ts";
import { sameGeneration, servedState } from "./order-tools.ts";
import { placeRights } from "./place-rights.ts";
import { switchGeneration } from "./switch-generation.ts";
import type { Site } from "./unit-ports.ts";

type UndoOrder = Order & { task: { kind: "undo" } };

/** Stands for a tree that was here before our first activation: nobody made a manifest of it. */
const UNKNOWN_MANIFEST: Digest = "0".repeat(64);

/** Brings the generation before back; what was live can be brought back in turn. */
export async function undo(site: Site, order: UndoOrder): Promise<Outcome> {
  const state = servedState(site, order);
  if (sameGeneration(state.live?.generation, order.generation)) return undone(state);
  const { previous, root } = keptOf(site, order, state);
  const { folder, owned } = previous;
  const references = referencesToKeep(site, state, { manifest: previous.live?.manifest, owned, graceMs: order.task.graceMs });
  const stamp = await placeRights(site, { root, folder, owned, stamp: previous.live?.seen?.stamp });
  const kept = await linkReferences(site, root, folder, owned, references);
  return undone(exchange(site, order, kept, stamp));
}

/** What is kept of the generation before. Throws `NO_PREVIOUS_GENERATION`. */
function keptOf(site: Site, order: UndoOrder, { previous, root }: UnitState): { previous: PreviousTree; root: string } {
  if (previous && root !== undefined && previous.expires > Date.now() && site.switcher.exists(root, previous.folder))
    return { previous, root };
  throw new SitewrightError(
    "NO_PREVIOUS_GENERATION",
    `nothing is kept of ${order.unit.name} from before: the grace time is over, or nothing was activated`,
  );
}

function exchange(site: Site, order: UndoOrder, kept: readonly Retained[], stamp: TreeStamp | undefined): UnitState {
  const state = servedState(site, order); // a grace time may have ended meanwhile
  const { previous, root } = keptOf(site, order, state);
  const { live } = state;
  const { generation, task } = order;
  return switchGeneration(site, {
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
        expires: Date.now() + task.graceMs,
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
