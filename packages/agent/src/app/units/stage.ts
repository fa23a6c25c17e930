import { SitewrightError, type FileEntry, type Order, type Outcome, type OwnedPath, type Unit } from "@sitewright/protocol";
import { identityWords, type FileIdentity } from "../../domain/tree/file-identity.ts";
import type { TreeStamp } from "../../domain/tree/tree-stamp.ts";
import { stagingFolder, type StagedTotals, type StagingTree, type UnitState } from "../../domain/unit-state.ts";
import { buildStaging } from "./build-staging.ts";
import { openFetch, type Fetch } from "./fetch-chunks.ts";
import { indexEarly, type EarlyIndex } from "./early-index.ts";
import { indexLocal } from "./local-index.ts";
import { discardQuietly, openManifest, replaceState, rootFor, sameGeneration, servedState } from "./order-tools.ts";
import type { OrderContext } from "../ports.ts";
import { planWindows } from "./plan-windows.ts";
import { createRebuildJob } from "./rebuild-job.ts";
import { NOTHING_STAGED, scanStaged, type StagedScan } from "./scan-staged.ts";
import { stageInPlace } from "./unchanged.ts";
import type { HeldManifest, Site } from "./unit-ports.ts";
import type { SourceQuestion } from "./window-sources.ts";

type StageOrder = Order & { task: { kind: "stage" } };

/** Room beyond the content for folders, inodes and rounding, bytes an entry. */
const ENTRY_BYTES = 4096;

/** Builds the unit in a folder of our own, from what is here and what the coordinator sends. Nothing live changes. */
export async function stage(site: Site, order: StageOrder, context: OrderContext): Promise<Outcome> {
  const earlier = alreadyDone(servedState(site, order), order);
  if (earlier) return { kind: "staged", ...earlier };
  const there = await stageInPlace(site, order, context);
  if (there) return { kind: "staged", ...there };
  const likely = likelyRoot(site, order);
  // Its streams are made, and what is here is looked at, while the manifest comes.
  await using early = likely === undefined ? undefined : openFetch(context, order, order.task.manifest, likely);
  using ahead = likely === undefined || order.task.full ? undefined : indexEarly(site, likely, servedState(site, order), context.signal);
  using manifest = await openManifest(site, order, order.task, context);
  const { owned } = manifest.head;
  const root = await rootFor(site, servedState(site, order), owned);
  await using fetch = early && root === likely ? early : openFetch(context, order, order.task.manifest, root);
  const begun = begin(site, order, owned, root);
  site.staging.add(order.task.manifest);
  try {
    const { totals, stamp } = await build(site, begun.state, begun.staging, manifest, order, context, begun.resumed, fetch, ahead);
    const current = site.units.read(order.unit); // a grace time may have ended meanwhile
    replaceState(site, current, { ...current, leftovers: [], staging: { ...begun.staging, done: totals, stamp } });
    return { kind: "staged", ...totals };
  } catch (error) {
    const { code } = SitewrightError.from(error);
    if (code === "DISK_FULL" || cancelledByOrder(context.signal)) await dropStaging(site, order.unit);
    throw error;
  } finally {
    site.staging.delete(order.task.manifest);
  }
}

/** Where the unit will live, as far as that is known before its manifest is here. */
function likelyRoot(site: Site, order: StageOrder): string | undefined {
  const roots = site.roots.filter((root) => root.role === order.unit.role);
  return servedState(site, order).root ?? (roots.length === 1 ? roots[0]?.path : undefined);
}

/** Removes all that was staged of a unit; ends when its space is free again. */
export async function dropStaging(site: Site, unit: Unit): Promise<void> {
  const { staging, leftovers, root } = site.units.read(unit);
  const folders = [...leftovers, ...(staging ? [staging] : [])];
  // First of all room: a full disk may be why we are here, and what follows needs to be written down.
  if (root !== undefined) await Promise.all(folders.map(({ folder }) => discardQuietly(site, root, folder)));
  site.stagedFiles.clear(unit);
  const before = site.units.read(unit); // a grace time may have ended meanwhile
  const { staging: _, ...rest } = before;
  replaceState(site, before, { ...rest, leftovers: [] });
}

function alreadyDone({ staging, live }: UnitState, { generation, task }: StageOrder): StagedTotals | undefined {
  if (sameGeneration(staging?.generation, generation) && staging?.manifest === task.manifest && staging.done) return staging.done;
  return sameGeneration(live?.generation, generation) && live?.manifest === task.manifest ? live.staged : undefined;
}

/** Writes down what is about to be staged. What an earlier order staged becomes a source; what is of no use goes. */
function begin(
  site: Site,
  order: StageOrder,
  owned: OwnedPath[],
  root: string,
): { state: UnitState; staging: StagingTree; resumed: boolean } {
  const { task, generation, unit } = order;
  const before = servedState(site, order);
  const folder = stagingFolder(unit, generation);
  const old = before.staging;
  const resumed: boolean =
    old?.folder === folder && !old.inPlace && old.manifest === task.manifest && (!task.full || old.order === order.id);
  const staging: StagingTree = {
    generation,
    manifest: task.manifest,
    owned,
    folder,
    order: order.id,
    sourceVersion: task.sourceVersion,
    ...(task.content === undefined ? {} : { content: task.content }),
  };
  const leftovers =
    old && !old.inPlace && old.folder !== folder ? [...before.leftovers, { folder: old.folder, owned: old.owned }] : before.leftovers;
  if (!resumed) {
    site.stagedFiles.clear(unit);
    void discardQuietly(site, root, folder);
  }
  const state: UnitState = { ...before, unit, root, leftovers: leftovers.filter((left) => left.folder !== folder), staging };
  replaceState(site, before, state);
  return { state, staging, resumed };
}

async function build(
  site: Site,
  state: UnitState,
  staging: StagingTree,
  manifest: HeldManifest,
  order: StageOrder,
  context: OrderContext,
  resumed: boolean,
  fetch: Fetch,
  ahead: EarlyIndex | undefined,
): Promise<{ totals: StagedTotals; stamp: TreeStamp }> {
  const { signal } = context;
  const root = state.root as string;
  const { head } = manifest;
  const job = createRebuildJob(site, order, context, head.owned, root, staging.folder);
  const openScan = (tell: (file: FileEntry, identity: FileIdentity) => void) =>
    resumed ? scanStaged(site, root, head, staging, tell, signal) : NOTHING_STAGED;
  try {
    job.report("indexing");
    fetch.serve(job);
    const question = await prepareSources(site, root, state, staging, order, head.owned, ahead, signal);
    await checkSpace(site, root, manifest, () => openScan(() => {}), question);
    await using scan = openScan(({ path, mode }, identity) => job.stamp.file(path, mode, identityWords(identity)));
    await buildStaging(job, manifest, scan, question, fetch);
    return { totals: job.totals, stamp: job.stamp.stamp() };
  } finally {
    // Before anybody removes what was staged: nothing is written any more.
    await fetch[Symbol.asyncDispose]();
    await job.stop();
  }
}

/** Sees to it that the index knows what may be used. */
async function prepareSources(
  site: Site,
  root: string,
  state: UnitState,
  staging: StagingTree,
  order: StageOrder,
  owned: readonly OwnedPath[],
  ahead: EarlyIndex | undefined,
  signal: AbortSignal,
): Promise<SourceQuestion> {
  if (order.task.full) return { site, root, live: [], only: staging.folder, signal };
  const { live } = await (ahead?.of(owned) ?? indexLocal(site, root, state, owned, { signal }));
  await site.seeds.indexed(signal);
  return { site, root, live: live ? owned : [], signal };
}

/** What has to be written is looked at closely only when there may be too little room: links and what is staged take none. */
async function checkSpace(
  site: Site,
  root: string,
  manifest: HeldManifest,
  openScan: () => StagedScan,
  question: SourceQuestion,
): Promise<void> {
  const free = await site.disk.freeBytes(root);
  if (manifest.totals.bytes + manifest.entries * ENTRY_BYTES <= free) return;
  let needed = 0;
  await using scan = openScan();
  for await (const { plan, window } of planWindows(manifest, scan, question))
    needed += plan.writeBytes + (window.entries.length - plan.kept.length) * ENTRY_BYTES;
  if (needed <= free) return;
  throw new SitewrightError(
    "DISK_FULL",
    `staging needs ${needed} bytes on the disk of ${root}, where ${free} are free: make room, then run the rebuild again`,
    { path: root },
  );
}

/** Another reason to stop, such as the end of the agent, leaves what was staged for the next start. */
function cancelledByOrder(signal: AbortSignal): boolean {
  return signal.reason instanceof SitewrightError && signal.reason.code === "CANCELLED";
}
