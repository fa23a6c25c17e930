import { SitewrightError, type FileEntry, type Manifest, type Order, type Outcome } from "@sitewright/protocol";
import { compareTree } from "../../domain/compare-tree.ts";
import { sameContentTimes } from "../../domain/file-identity.ts";
import { sameChunks } from "../../domain/rebuild-plan.ts";
import { placeIn, previousFolder, type PreviousTree, type StagingTree } from "../../domain/unit-state.ts";
import { AT_ONCE, walkOwned } from "./local-index.ts";
import { inParallel } from "./in-parallel.ts";
import { knownManifest, sameGeneration, servedState } from "./order-tools.ts";
import type { OrderContext } from "../ports.ts";
import { switchGeneration } from "./switch-generation.ts";
import type { Site } from "./unit-ports.ts";

type ActivateOrder = Order & { task: { kind: "activate" } };

/** Puts what was staged in the place of what is live, folder by folder. */
export async function activate(site: Site, order: ActivateOrder, context: OrderContext): Promise<Outcome> {
  const state = servedState(site, order);
  const { live, staging, root } = state;
  if (sameGeneration(live?.generation, order.generation)) {
    const owned = knownManifest(site, live?.manifest)?.owned ?? [];
    return { kind: "activated", folders: owned.length, previous: state.previous !== undefined };
  }
  if (!staging?.done || root === undefined || !sameGeneration(staging.generation, order.generation)) {
    throw new SitewrightError("NOT_STAGED", `${order.unit.name} is not staged at this generation: stage it first`);
  }
  const manifest = knownManifest(site, staging.manifest);
  context.progress({ step: "checking", ...staging.done });
  const fault = manifest ? await faultOf(site, root, staging, manifest, context.signal) : "its manifest is gone";
  if (!manifest || fault !== undefined) {
    reopenStaging(site, order);
    throw new SitewrightError(
      "STAGING_DAMAGED",
      `what was staged of ${order.unit.name} changed since: ${fault}. It is to be staged again, which keeps what is right of it`,
    );
  }
  context.signal.throwIfAborted();
  return exchange(site, order, manifest, staging, context);
}

/** The next stage order looks at every file again; what crossed a slow line and is right need not cross it twice. */
function reopenStaging(site: Site, order: Order): void {
  const { staging, ...rest } = site.units.read(order.unit);
  if (!staging) return;
  const { done: _, ...open } = staging;
  site.units.write({ ...rest, staging: open });
}

function exchange(site: Site, order: ActivateOrder, manifest: Manifest, staging: StagingTree, context: OrderContext): Outcome {
  const state = site.units.read(order.unit); // a grace time may have ended meanwhile
  const { live } = state;
  if (staging.done) context.progress({ step: "activating", ...staging.done });
  const { generation } = order;
  const after = switchGeneration(site, {
    root: state.root as string,
    before: state,
    folder: staging.folder,
    keepAt: previousFolder(order.unit, generation),
    owned: manifest.owned,
    incoming: manifest,
    returning: false,
    graceMs: order.task.graceMs,
    after(rows, retained) {
      const cameOut = rows.some((row) => row.out !== undefined) && order.task.graceMs > 0;
      const previous: PreviousTree = {
        ...(live ? { live } : {}),
        owned: manifest.owned,
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
          ...(staging.done ? { staged: staging.done } : {}),
        },
        leftovers: [],
        retained,
        ...(cameOut ? { previous } : {}),
      };
    },
  });
  return { kind: "activated", folders: manifest.owned.length, previous: after.previous !== undefined };
}

/** The first thing about the staged tree that is not as it was left, in words. */
async function faultOf(
  site: Site,
  root: string,
  staging: StagingTree,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await walkOwned(site, root, staging.folder, staging.owned, signal);
  const { deviations, files } = compareTree(manifest, found, new Set());
  const [first] = deviations;
  if (first) return `${first.path} is ${first.kind === "rights" ? "of other permissions" : first.kind}`;
  const onRecord = site.stagedFiles.all(manifest.unit);
  const doubtful: FileEntry[] = [];
  for (const { file, found: entry } of files) {
    const recorded = onRecord.get(file.path);
    if (recorded === undefined || !sameContentTimes(recorded, entry.identity)) return `${file.path} was changed`;
    if (recorded !== entry.identity && !sameChunks(site.cache.get(entry.identity)?.chunks ?? [], file.chunks)) doubtful.push(file);
  }
  // Only ctime moved, as by a link made or removed: the content decides.
  let fault: string | undefined;
  await inParallel(doubtful, AT_ONCE, async ({ path, chunks }) => {
    if (fault !== undefined) return;
    const right = await site.disk.run(root, "check", { path: placeIn(staging.folder, staging.owned, path), chunks }, { signal });
    if (!right.every(Boolean)) fault = `${path} was changed`;
  });
  return fault;
}
