import { SitewrightError, type Order, type Outcome } from "@sitewright/protocol";
import { seedOf, type TreeStamp } from "../../domain/tree/tree-stamp.ts";
import {
  stagingFolder,
  type LiveTree,
  type SeenTree,
  type StagedTotals,
  type StagingTree,
  type UnitState,
} from "../../domain/unit-state.ts";
import type { OrderContext } from "../ports.ts";
import { checkLive } from "./check-live.ts";
import { replaceState, servedState } from "./order-tools.ts";
import { newSeed, stampTree } from "./stamp-tree.ts";
import type { Site } from "./unit-ports.ts";

type StageOrder = Order & { task: { kind: "stage" } };

/**
 * Where the wanted manifest is live, and the live tree still as it was when it was known to be right, there is nothing to build.
 * Returns the totals; undefined when it is to be staged the long way.
 */
export async function stageInPlace(site: Site, order: StageOrder, context: OrderContext): Promise<StagedTotals | undefined> {
  const { task, generation, unit } = order;
  const live = servedState(site, order).live;
  if (task.full || live?.manifest !== task.manifest) return undefined;
  const there = await lookAtLive(site, order, live, context);
  const before = servedState(site, order); // a grace time may have ended meanwhile
  if (!there || !before.live) return undefined;
  if (before.root !== undefined) site.twins.refuse(before.root, there.seen.owned);
  const done: StagedTotals = { files: there.files, reusedBytes: there.bytes, fetchedBytes: 0, retriedBytes: 0 };
  const staging: StagingTree = {
    generation,
    manifest: task.manifest,
    owned: there.seen.owned,
    folder: stagingFolder(unit, generation),
    order: order.id,
    sourceVersion: task.sourceVersion,
    ...(task.content === undefined ? {} : { content: task.content }),
    done,
    stamp: there.seen.stamp,
    inPlace: true,
  };
  site.stagedFiles.clear(unit);
  replaceState(site, before, { ...before, live: { ...before.live, seen: there.seen }, leftovers: [], staging });
  return done;
}

/** What is live becomes the new generation as it lies there. What is kept of the generation before stays, and so does its grace time. */
export async function activateInPlace(
  site: Site,
  order: Order,
  staging: StagingTree,
  done: StagedTotals,
  context: OrderContext,
): Promise<Outcome> {
  const state = servedState(site, order);
  const there = state.live?.manifest === staging.manifest ? await lookAtLive(site, order, state.live, context) : undefined;
  context.signal.throwIfAborted();
  const { staging: _, ...rest } = servedState(site, order); // a grace time may have ended meanwhile
  if (!there) {
    site.units.write(rest);
    throw new SitewrightError(
      "STAGING_DAMAGED",
      `what is live of ${order.unit.name} changed since it was found to be right: stage it again`,
    );
  }
  const { manifest, sourceVersion, generation, content } = staging;
  const named = { generation, manifest, sourceVersion, ...(content === undefined ? {} : { content }) };
  site.units.write({ ...rest, live: { ...named, staged: done, seen: there.seen } });
  return { kind: "activated", folders: there.seen.owned.length, previous: rest.previous !== undefined };
}

interface LiveLook {
  seen: SeenTree;
  files: number;
  bytes: number;
}

/** Undefined when the live tree is not what its manifest says. */
async function lookAtLive(site: Site, order: Order, live: LiveTree, context: OrderContext): Promise<LiveLook | undefined> {
  const state = servedState(site, order);
  const { root } = state;
  if (root === undefined) return undefined;
  const { seen, staged } = live;
  if (seen && staged) {
    const stamp = await stampLive(site, state, root, seen, seedOf(seen.stamp), context);
    if (stamp === seen.stamp) return { seen, files: staged.files, bytes: staged.reusedBytes + staged.fetchedBytes };
  }
  using manifest = live.manifest === undefined ? undefined : site.manifests.open(live.manifest);
  if (!manifest) return undefined;
  // First the stamp, then the look at everything: what changes in between does not bear it.
  const stamp = await stampLive(site, state, root, manifest.head, newSeed(), context);
  const check = await checkLive(site, state, root, manifest, context, { full: false, asBuilt: true });
  if (check.deviations.count() > 0 || check.absent) return undefined;
  const { files, bytes } = manifest.totals;
  return { seen: { owned: manifest.head.owned, stamp }, files, bytes };
}

function stampLive(
  site: Site,
  { retained }: UnitState,
  root: string,
  { owned }: Pick<SeenTree, "owned">,
  seed: string,
  { signal }: OrderContext,
): Promise<TreeStamp> {
  const except = retained.filter((file) => file.side === "live").map((file) => file.path);
  return stampTree(site, { root, owned, except }, seed, signal);
}
