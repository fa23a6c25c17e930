import { SitewrightError, type Outcome } from "@sitewright/protocol";
import { doubtful } from "../../domain/tree/file-identity.ts";
import type { TreeStamp } from "../../domain/tree/tree-stamp.ts";
import { previousFolder, type PreviousTree, type Retained, type StagingTree } from "../../domain/unit-state.ts";
import { lookAtStaged } from "./check-staged.ts";
import { linkReferences, referencesToKeep } from "./keep-references.ts";
import type { UnitContext } from "../unit/context.ts";
import { sameGeneration } from "../unit/order-tools.ts";
import { openRootDisk } from "../unit/root-disk.ts";
import { servedState, update } from "../unit/state.ts";
import { placeRights } from "./place-rights.ts";
import { switchGeneration } from "./switch-generation.ts";
import { activateInPlace } from "../stage/unchanged.ts";

type ActivateContext = UnitContext<"activate">;

/** Replaces what is live by what was staged, folder by folder. */
export async function activate(context: ActivateContext): Promise<Outcome> {
  const { services, order, signal } = context;
  const state = servedState(services, order.unit);
  const { live, staging } = state;
  if (sameGeneration(live?.generation, order.generation)) {
    return { kind: "activated", folders: live?.seen?.owned.length ?? 0, previous: state.previous !== undefined };
  }
  if (!staging?.done || state.root === undefined || !sameGeneration(staging.generation, order.generation)) {
    throw new SitewrightError("NOT_STAGED", `${order.unit.name} is not staged at this generation: stage it first`);
  }
  context.progress({ step: "checking", ...staging.done });
  if (staging.inPlace) return activateInPlace(context, staging, staging.done);
  const root = openRootDisk(services, state.root, signal);
  const references = referencesToKeep(services.manifests, state, { ...staging, graceMs: order.task.graceMs, now: services.now() });
  // Rights before the last check: no long work may be between that check and the exchange.
  const { stamp, apart } = await placeRights(root, { ...staging, stamp: staging.stamp });
  // A copy is another file than the staged one: its content is checked, as for a file whose links have changed.
  services.stagedFiles.add(
    order.unit,
    apart.map(([path, identity]) => [path, doubtful(identity)] as const),
  );
  const looked = await lookAtStaged(
    root,
    services,
    { ...staging, ...(stamp === undefined ? {} : { stamp }) },
    references.map(({ path }) => path),
  );
  if ("fault" in looked) {
    reopenStaging(context);
    throw new SitewrightError(
      "STAGING_DAMAGED",
      `what was staged of ${order.unit.name} changed since: ${looked.fault}. Stage it again, which keeps what is right of it`,
    );
  }
  const kept = await linkReferences(root, staging, references);
  signal.throwIfAborted();
  return exchange(context, staging, { kept, stamp: looked.stamp });
}

/** The next stage order checks every file again, and what crossed a slow line and is right is kept. */
function reopenStaging({ services, order }: ActivateContext): void {
  update(services, order.unit, (state) => {
    if (!state.staging) return state;
    const { done: _, stamp: __, ...open } = state.staging;
    return { ...state, staging: open };
  });
}

/** Synchronously, from the current state: no other order and no end of a grace time intervenes. */
function exchange(
  context: ActivateContext,
  staging: StagingTree,
  { kept, stamp }: { kept: readonly Retained[]; stamp: TreeStamp },
): Outcome {
  const { services, order } = context;
  const state = services.units.read(order.unit);
  const { live } = state;
  if (staging.done) context.progress({ step: "activating", ...staging.done });
  const { generation } = order;
  const { owned } = staging;
  const after = switchGeneration(services, {
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
        expires: services.now() + order.task.graceMs,
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
