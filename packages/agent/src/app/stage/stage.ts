import { SitewrightError, type FileEntry, type Outcome, type OwnedPath, type Unit } from "@sitewright/protocol";
import { identityWords, type FileIdentity } from "../../domain/tree/file-identity.ts";
import type { TreeStamp } from "../../domain/tree/tree-stamp.ts";
import { stagingFolder, type StagedTotals, type StagingTree, type UnitState } from "../../domain/unit-state.ts";
import { indexLocal, tellIndexing, type LocalIndex } from "../inspect/local-index.ts";
import type { HeldManifest, UnitServices } from "../ports/stores.ts";
import type { Services, UnitContext } from "../unit/context.ts";
import { openManifest, rootFor, sameGeneration } from "../unit/order-tools.ts";
import { openRootDisk, type RootDisk } from "../unit/root-disk.ts";
import { discardQuietly, served, servedState, update } from "../unit/state.ts";
import { buildStaging } from "./build-staging.ts";
import { openFetch, type Fetch } from "./fetch-chunks.ts";
import { planWindows } from "./plan-windows.ts";
import { createRebuildJob } from "./rebuild-job.ts";
import { NOTHING_STAGED, scanStaged, type StagedScan } from "./scan-staged.ts";
import { stageInPlace } from "./unchanged.ts";
import type { SourceQuestion } from "./window-sources.ts";

type StageContext = UnitContext<"stage">;

/** Space beyond the content for folders, inodes and rounding, bytes per entry. */
const ENTRY_BYTES = 4096;

/** Builds the unit in a folder of the agent, from local content and what the coordinator sends. Nothing live changes. */
export async function stage(context: StageContext): Promise<Outcome> {
  const { services, order, signal } = context;
  const earlier = alreadyDone(servedState(services, order.unit), context);
  if (earlier) return { kind: "staged", ...earlier };
  const there = await stageInPlace(context);
  if (there) return { kind: "staged", ...there };
  const likely = likelyRoot(context);
  // Streams are opened, and local content is indexed, while the manifest arrives.
  await using early = likely === undefined ? undefined : openFetch(context, likely);
  using ahead = likely === undefined || order.task.full ? undefined : indexEarly(context, likely, servedState(services, order.unit));
  using manifest = await openManifest(context);
  const { owned } = manifest.head;
  const path = await rootFor(services, servedState(services, order.unit), owned);
  await using fetch = early && path === likely ? early : openFetch(context, path);
  const begun = begin(context, owned, path);
  services.staging.add(order.task.manifest);
  try {
    const root = openRootDisk(services, path, signal);
    const { totals, stamp } = await build(context, root, begun, { manifest, fetch, ahead });
    update(services, order.unit, (state) => ({ ...state, leftovers: [], staging: { ...begun.staging, done: totals, stamp } }));
    return { kind: "staged", ...totals };
  } catch (error) {
    const { code } = SitewrightError.from(error);
    if (code === "DISK_FULL" || cancelledByOrder(signal)) await dropStaging(services, order.unit);
    throw error;
  } finally {
    services.staging.delete(order.task.manifest);
  }
}

/** Where the unit will live, as far as that is known before its manifest has arrived. */
function likelyRoot({ services, order }: StageContext): string | undefined {
  const roots = services.roots.filter((root) => root.role === order.unit.role);
  return servedState(services, order.unit).root ?? (roots.length === 1 ? roots[0]?.path : undefined);
}

/** Removes everything staged of a unit; resolves when its space is free again. */
export async function dropStaging(services: UnitServices & Pick<Services, "stagedFiles">, unit: Unit): Promise<void> {
  const { staging, leftovers, root } = services.units.read(unit);
  const folders = [...leftovers, ...(staging ? [staging] : [])];
  // Free space first: the disk may be full, and the following steps have to be recorded.
  if (root !== undefined) await Promise.all(folders.map(({ folder }) => discardQuietly(services, root, folder)));
  services.stagedFiles.clear(unit);
  update(services, unit, (before) => {
    const { staging: _, ...rest } = before;
    return { ...rest, leftovers: [] };
  });
}

function alreadyDone({ staging, live }: UnitState, { order: { generation, task } }: StageContext): StagedTotals | undefined {
  if (sameGeneration(staging?.generation, generation) && staging?.manifest === task.manifest && staging.done) return staging.done;
  return sameGeneration(live?.generation, generation) && live?.manifest === task.manifest ? live.staged : undefined;
}

/** The record of what is about to be staged. */
interface Begun {
  state: UnitState;
  staging: StagingTree;
  /** An earlier attempt of the same left something there. */
  resumed: boolean;
}

/** Records what is about to be staged. What an earlier order staged becomes a source; useless content is removed. */
function begin({ services, order }: StageContext, owned: OwnedPath[], root: string): Begun {
  const { task, generation, unit } = order;
  const folder = stagingFolder(unit, generation);
  const staging: StagingTree = {
    generation,
    manifest: task.manifest,
    owned,
    folder,
    order: order.id,
    sourceVersion: task.sourceVersion,
    ...(task.content === undefined ? {} : { content: task.content }),
  };
  const old = servedState(services, unit).staging;
  const resumed: boolean =
    old?.folder === folder && !old.inPlace && old.manifest === task.manifest && (!task.full || old.order === order.id);
  if (!resumed) {
    services.stagedFiles.clear(unit);
    void discardQuietly(services, root, folder);
  }
  const state = update(services, unit, (now) => {
    const before = served(services, now);
    const leftovers =
      old && !old.inPlace && old.folder !== folder ? [...before.leftovers, { folder: old.folder, owned: old.owned }] : before.leftovers;
    return { ...before, unit, root, leftovers: leftovers.filter((left) => left.folder !== folder), staging };
  });
  return { state, staging, resumed };
}

/** Where the content of a unit comes from. */
interface Supply {
  manifest: HeldManifest;
  fetch: Fetch;
  ahead: EarlyIndex | undefined;
}

async function build(
  context: StageContext,
  root: RootDisk,
  { state, staging, resumed }: Begun,
  { manifest, fetch, ahead }: Supply,
): Promise<{ totals: StagedTotals; stamp: TreeStamp }> {
  const { head } = manifest;
  const job = createRebuildJob(context, root, { folder: staging.folder, owned: head.owned });
  const openScan = (tell: (file: FileEntry, identity: FileIdentity) => void) =>
    resumed ? scanStaged(root, context.services.stagedFiles, { head, staging }, tell) : NOTHING_STAGED;
  try {
    job.report("indexing");
    fetch.serve(job);
    const question = await prepareSources(context, root, state, { owned: head.owned, only: staging.folder, ahead });
    await checkSpace(manifest, () => openScan(() => {}), question);
    await using scan = openScan(({ path, mode }, identity) => job.stamp.file(path, mode, identityWords(identity)));
    await buildStaging(job, manifest, { scan, question, fetch });
    return { totals: job.totals, stamp: job.stamp.stamp() };
  } finally {
    // Before what was staged is removed: nothing is written any more.
    await fetch[Symbol.asyncDispose]();
    await job.stop();
  }
}

/** Ensures that the index covers what may be used. @param only Where nothing else is trusted: the staging folder. */
async function prepareSources(
  context: StageContext,
  root: RootDisk,
  state: UnitState,
  { owned, only, ahead }: { owned: readonly OwnedPath[]; only: string; ahead: EarlyIndex | undefined },
): Promise<SourceQuestion> {
  const { services } = context;
  if (context.order.task.full) return { root, services, live: [], only };
  const { live } = await (ahead?.of(owned) ?? indexLocal(root, state, owned, tellIndexing(context)));
  await services.seeds.indexed(context.signal);
  return { root, services, live: live ? owned : [] };
}

/** An exact count is made only when space may be too small: links and what is staged need none. */
async function checkSpace(manifest: HeldManifest, openScan: () => StagedScan, question: SourceQuestion): Promise<void> {
  const { path, services } = question.root;
  const free = await services.disk.freeBytes(path);
  if (manifest.totals.bytes + manifest.entries * ENTRY_BYTES <= free) return;
  let needed = 0;
  await using scan = openScan();
  for await (const { plan, window } of planWindows(manifest, scan, question))
    needed += plan.writeBytes + (window.entries.length - plan.kept.length) * ENTRY_BYTES;
  if (needed <= free) return;
  throw new SitewrightError(
    "DISK_FULL",
    `staging needs ${needed} bytes on the disk of ${path}, where ${free} are free: make room, then run the rebuild again`,
    { path },
  );
}

/** Another reason to stop, such as the end of the agent, leaves what was staged for the next start. */
function cancelledByOrder(signal: AbortSignal): boolean {
  return signal.reason instanceof SitewrightError && signal.reason.code === "CANCELLED";
}

/** Local content of a unit, looked up while the manifest is in transit that says what it owns. */
interface EarlyIndex {
  /** Undefined when it owns something else than before. */
  of(owned: readonly OwnedPath[]): Promise<LocalIndex> | undefined;
  /** It is no longer wanted. */
  [Symbol.dispose](): void;
}

function indexEarly(context: UnitContext, path: string, state: UnitState): EarlyIndex {
  const end = new AbortController();
  const before = state.live?.seen?.owned;
  const root = openRootDisk(context.services, path, AbortSignal.any([context.signal, end.signal]));
  const index = before && indexLocal(root, state, before, tellIndexing(context));
  index?.catch(() => {}); // callers get the error
  return {
    of: (owned) => (before && haveSamePaths(before, owned) ? index : undefined),
    [Symbol.dispose]: () => end.abort(new SitewrightError("CANCELLED", "local content of a unit is no longer needed")),
  };
}

function haveSamePaths(some: readonly OwnedPath[], others: readonly OwnedPath[]): boolean {
  return some.length === others.length && some.every(({ path, kind }, i) => path === others[i]?.path && kind === others[i]?.kind);
}
