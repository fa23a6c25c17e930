import { SitewrightError, type Order, type Outcome } from "@sitewright/protocol";
import type { TreeStamp } from "../../domain/tree/tree-stamp.ts";
import { previousFolder, type PreviousTree, type Retained, type StagingTree } from "../../domain/unit-state.ts";
import type { OrderContext } from "../ports.ts";
import { lookAtStaged } from "./check-staged.ts";
import { linkReferences, referencesToKeep } from "./keep-references.ts";
import { sameGeneration, servedState } from "./order-tools.ts";
import { placeRights } from "./place-rights.ts";
import { switchGeneration } from "./switch-generation.ts";
import { activateInPlace } from "./unchanged.ts";
import type { Site } from "./unit-ports.ts";

type ActivateOrder = Order & { task: { kind: "activate" } };

/** Puts what was staged in the place of what is live, folder by folder. */
export async function activate(site: Site, order: ActivateOrder, context: OrderContext): Promise<Outcome> {
  const state = servedState(site, order);
  const { live, staging, root } = state;
  if (sameGeneration(live?.generation, order.generation)) {
    return { kind: "activated", folders: live?.seen?.owned.length ?? 0, previous: state.previous !== undefined };
  }
  if (!staging?.done || root === undefined || !sameGeneration(staging.generation, order.generation)) {
    throw new SitewrightError("NOT_STAGED", `${order.unit.name} is not staged at this generation: stage it first`);
  }
  context.progress({ step: "checking", ...staging.done });
  if (staging.inPlace) return activateInPlace(site, order, staging, staging.done, context);
  const references = referencesToKeep(site, state, { ...staging, graceMs: order.task.graceMs });
  // Rights before the last look: nothing of length may lie between that look and the exchange.
  const stamp = await placeRights(site, { ...staging, root, stamp: staging.stamp }, context.signal);
  const looked = await lookAtStaged(
    site,
    root,
    { ...staging, ...(stamp === undefined ? {} : { stamp }) },
    references.map(({ path }) => path),
    context.signal,
  );
  if ("fault" in looked) {
    reopenStaging(site, order);
    throw new SitewrightError(
      "STAGING_DAMAGED",
      `what was staged of ${order.unit.name} changed since: ${looked.fault}. It is to be staged again, which keeps what is right of it`,
    );
  }
  const kept = await linkReferences(site, root, staging.folder, staging.owned, references);
  context.signal.throwIfAborted();
  return exchange(site, order, staging, { kept, stamp: looked.stamp }, context);
}

/** The next stage order looks at every file again; what crossed a slow line and is right need not cross it twice. */
function reopenStaging(site: Site, order: Order): void {
  const { staging, ...rest } = site.units.read(order.unit);
  if (!staging) return;
  const { done: _, stamp: __, ...open } = staging;
  site.units.write({ ...rest, staging: open });
}

function exchange(
  site: Site,
  order: ActivateOrder,
  staging: StagingTree,
  { kept, stamp }: { kept: readonly Retained[]; stamp: TreeStamp },
  context: OrderContext,
): Outcome {
  const state = site.units.read(order.unit); // a grace time may have ended meanwhile
  const { live } = state;
  if (staging.done) context.progress({ step: "activating", ...staging.done });
  const { generation } = order;
  const { owned } = staging;
  const after = switchGeneration(site, {
    root: state.root as string,
    before: state,
    folder: staging.folder,
    keepAt: previousFolder(order.unit, generation),
    owned,
    kept,
    returning: false,
    after(rows, retained) {
      const cameOut = rows.some((row) => row.out !== undefined) && order.task.graceMs > 0;
      const previous: PreviousTree = {
        ...(live ? { live } : {}),
        owned,
        folder: previousFolder(order.unit, generation),
        expires: Date.now() + order.task.graceMs,
      };
      const { staging: _, previous: __, ...rest } = state;
      return {
        ...rest,
        live: {
          generation,
          manifest: staging.manifest,
          sourceVersion: staging.sourceVersion,
          ...(staging.content === undefined ? {} : { content: staging.content }),
          ...(staging.done ? { staged: staging.done } : {}),
          seen: { owned, stamp },
        },
        leftovers: [],
        retained,
        ...(cameOut ? { previous } : {}),
      };
    },
  });
  return { kind: "activated", folders: owned.length, previous: after.previous !== undefined };
}
