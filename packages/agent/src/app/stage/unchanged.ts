import { SitewrightError, unitKey, type Outcome } from "@sitewright/protocol";
import { seedOf, type TreeStamp } from "../../domain/tree/tree-stamp.ts";
import {
  stagingFolder,
  type LiveTree,
  type SeenTree,
  type StagedTotals,
  type StagingTree,
  type UnitState,
} from "../../domain/unit-state.ts";
import { checkLive } from "../inspect/check-live.ts";
import { newSeed, stampTree } from "../inspect/walk-owned.ts";
import type { UnitContext } from "../unit/context.ts";
import { openRootDisk, type RootDisk } from "../unit/root-disk.ts";
import { served, servedState, update } from "../unit/state.ts";

/** No look holds for longer, ms: one during which this machine was suspended seems to have taken all of that time. */
const LONGEST_LOOK_MS = 60_000;

/**
 * If the wanted manifest is live, and the live tree unchanged since it was known to be right, there is nothing to build. Returns the
 * totals; undefined when it has to be staged regularly.
 */
export async function stageInPlace(context: UnitContext<"stage">): Promise<StagedTotals | undefined> {
  const { services, order } = context;
  const { task, generation, unit } = order;
  const { live } = servedState(services, unit);
  if (task.full || live?.manifest !== task.manifest) return undefined;
  const began = performance.now();
  const there = await lookAtLive(context, live);
  const endedAt = performance.now();
  const { root, live: stillLive } = servedState(services, unit);
  if (!there || !stillLive) return undefined;
  if (root !== undefined) services.twins.refuse(root, there.seen.owned);
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
  services.stagedFiles.clear(unit);
  services.looks.set(unitKey(unit), { endedAt, tookMs: Math.min(endedAt - began, LONGEST_LOOK_MS) });
  update(services, unit, (now) => {
    const before = served(services, now);
    return { ...before, live: { ...stillLive, ...before.live, seen: there.seen }, leftovers: [], staging };
  });
  return done;
}

/** What takes less is looked at again, ms. */
const SHORT_LOOK_MS = 20;

/** What is live becomes the new generation in place. The kept previous generation stays, and so does its grace time. */
export async function activateInPlace(context: UnitContext, staging: StagingTree, done: StagedTotals): Promise<Outcome> {
  const { services, order, signal } = context;
  const seen = await seenNow(context, staging);
  signal.throwIfAborted();
  const withoutStaging = (now: UnitState): UnitState => {
    const { staging: _, ...rest } = served(services, now);
    return rest;
  };
  if (!seen) {
    update(services, order.unit, withoutStaging);
    throw new SitewrightError(
      "STAGING_DAMAGED",
      `what is live of ${order.unit.name} changed since it was found to be right: stage it again`,
    );
  }
  const { manifest, sourceVersion, generation, content } = staging;
  const named = { generation, manifest, sourceVersion, ...(content === undefined ? {} : { content }) };
  const after = update(services, order.unit, (now) => ({ ...withoutStaging(now), live: { ...named, staged: done, seen } }));
  return { kind: "activated", folders: seen.owned.length, previous: after.previous !== undefined };
}

/**
 * The live tree if it is what was staged. The look that staging took holds for as long as it took itself: a file that is edited after its
 * turn is missed by any look, and nothing is exchanged.
 */
async function seenNow(context: UnitContext, { manifest }: StagingTree): Promise<SeenTree | undefined> {
  const { services, order } = context;
  const { live } = servedState(services, order.unit);
  const look = services.looks.get(unitKey(order.unit));
  services.looks.delete(unitKey(order.unit));
  if (live?.manifest !== manifest) return undefined;
  if (live.seen && look && look.tookMs >= SHORT_LOOK_MS && performance.now() - look.endedAt < look.tookMs) return live.seen;
  return (await lookAtLive(context, live))?.seen;
}

interface LiveLook {
  seen: SeenTree;
  files: number;
  bytes: number;
}

/** Undefined when the live tree is not what its manifest says. */
async function lookAtLive({ services, order, progress, signal }: UnitContext, live: LiveTree): Promise<LiveLook | undefined> {
  const state = servedState(services, order.unit);
  if (state.root === undefined) return undefined;
  const root = openRootDisk(services, state.root, signal);
  const { seen, staged } = live;
  if (seen && staged) {
    const stamp = await stampLive(root, state, seen, seedOf(seen.stamp));
    if (stamp === seen.stamp) return { seen, files: staged.files, bytes: staged.reusedBytes + staged.fetchedBytes };
  }
  using manifest = live.manifest === undefined ? undefined : services.manifests.open(live.manifest);
  if (!manifest) return undefined;
  // First the stamp, then the full check: the stamp does not match a change in between.
  const stamp = await stampLive(root, state, manifest.head, newSeed());
  const check = await checkLive(root, state, manifest, { full: false, asBuilt: true, progress });
  if (check.deviations.count() > 0 || check.absent) return undefined;
  const { files, bytes } = manifest.totals;
  return { seen: { owned: manifest.head.owned, stamp }, files, bytes };
}

function stampLive(root: RootDisk, { retained }: UnitState, { owned }: Pick<SeenTree, "owned">, seed: string): Promise<TreeStamp> {
  const except = retained.filter((file) => file.side === "live").map((file) => file.path);
  return stampTree(root, { owned, except }, seed);
}
