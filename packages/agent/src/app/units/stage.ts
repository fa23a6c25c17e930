import { SitewrightError, type Manifest, type Order, type Outcome, type Unit } from "@sitewright/protocol";
import { planRebuild } from "../../domain/rebuild-plan.ts";
import { stagingFolder, type StagedTotals, type StagingTree, type UnitState } from "../../domain/unit-state.ts";
import { buildStaging } from "./build-staging.ts";
import { indexLocal, type LocalFile } from "./local-index.ts";
import { discardQuietly, manifestOf, openManifest, replaceState, rootFor, sameGeneration, servedState } from "./order-tools.ts";
import type { OrderContext } from "../ports.ts";
import { createRebuildJob } from "./rebuild-job.ts";
import { scanStaged } from "./scan-staged.ts";
import type { Site } from "./unit-ports.ts";

type StageOrder = Order & { task: { kind: "stage" } };

/** Room beyond the content for folders, inodes and rounding, bytes an entry. */
const ENTRY_BYTES = 4096;

/** Builds the unit in a folder of our own, from what is here and what the coordinator sends. Nothing live changes. */
export async function stage(site: Site, order: StageOrder, context: OrderContext): Promise<Outcome> {
  const earlier = alreadyDone(servedState(site, order), order);
  if (earlier) return { kind: "staged", ...earlier };
  using _held = await openManifest(site, order, order.task, context);
  const { manifest } = await manifestOf(site, order, order.task, context);
  const root = await rootFor(site, servedState(site, order), manifest.owned);
  const begun = begin(site, order, manifest, root);
  try {
    const totals = await build(site, begun.state, begun.staging, manifest, order, context);
    const current = site.units.read(order.unit); // a grace time may have ended meanwhile
    replaceState(site, current, { ...current, leftovers: [], staging: { ...begun.staging, done: totals } });
    return { kind: "staged", ...totals };
  } catch (error) {
    const { code } = SitewrightError.from(error);
    if (code === "DISK_FULL" || cancelledByOrder(context.signal)) await dropStaging(site, order.unit);
    throw error;
  }
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
function begin(site: Site, order: StageOrder, manifest: Manifest, root: string): { state: UnitState; staging: StagingTree } {
  const { task, generation, unit } = order;
  const before = servedState(site, order);
  const folder = stagingFolder(unit, generation);
  const old = before.staging;
  const resumed = old?.folder === folder && old.manifest === task.manifest && (!task.full || old.order === order.id);
  const staging: StagingTree = {
    generation,
    manifest: task.manifest,
    owned: manifest.owned,
    folder,
    order: order.id,
    sourceVersion: task.sourceVersion,
  };
  const leftovers = old && old.folder !== folder ? [...before.leftovers, { folder: old.folder, owned: old.owned }] : before.leftovers;
  if (!resumed) {
    site.stagedFiles.clear(unit);
    void discardQuietly(site, root, folder);
  }
  const state: UnitState = { ...before, unit, root, leftovers: leftovers.filter((left) => left.folder !== folder), staging };
  replaceState(site, before, state);
  return { state, staging };
}

async function build(
  site: Site,
  state: UnitState,
  staging: StagingTree,
  manifest: Manifest,
  order: StageOrder,
  context: OrderContext,
): Promise<StagedTotals> {
  const { signal } = context;
  const root = state.root as string;
  const job = createRebuildJob(site, order, context, manifest, root, staging.folder);
  try {
    job.report("indexing");
    const { staged, files, found } = await scanStaged(site, root, manifest, staging, signal);
    if (found.length > 0) await site.disk.run(root, "sync", {}); // on record means on the disk
    site.stagedFiles.add(
      order.unit,
      found.map(([file, identity]) => [file.path, identity]),
    );
    const local: LocalFile[] = order.task.full ? [] : (await indexLocal(site, root, state, manifest, signal)).files;
    const plan = planRebuild(manifest, { files: [...local, ...files], staged });
    await checkSpace(site, root, plan.writeBytes + (manifest.entries.length - plan.kept.length) * ENTRY_BYTES);
    await buildStaging(job, staging.folder, staging.manifest, plan);
    return job.totals;
  } finally {
    await job.stop();
  }
}

async function checkSpace(site: Site, root: string, needed: number): Promise<void> {
  const free = await site.disk.freeBytes(root);
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
