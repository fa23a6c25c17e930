import {
  compareGenerations,
  SitewrightError,
  unitKey,
  type Digest,
  type Generation,
  type Order,
  type OwnedPath,
} from "@sitewright/protocol";
import { foldersInUse, manifestsInUse, placeIn, type UnitState } from "../../domain/unit-state.ts";
import type { ManifestTarget, OrderContext } from "../ports.ts";
import type { HeldManifest, Site } from "./unit-ports.ts";

export function sameGeneration(a: Generation | undefined, b: Generation): boolean {
  return a !== undefined && compareGenerations(a, b) === 0;
}

/** The manifest that an order names, from here or from the coordinator, proved to be one for this unit. To be disposed of. */
export async function openManifest(
  site: Site,
  order: Order,
  task: { manifest: Digest; manifestBytes: number },
  context: OrderContext,
): Promise<HeldManifest> {
  const manifest = site.manifests.open(task.manifest) ?? (await receiveManifest(site, order, task, context));
  const { unit } = manifest.head;
  if (unitKey(unit) === unitKey(order.unit)) return manifest;
  manifest[Symbol.dispose]();
  throw new SitewrightError("MANIFEST_INVALID", `the manifest ${task.manifest} is for ${unit.name}, the order for ${order.unit.name}`);
}

/** Earlier manifests of the unit help to pack it. */
async function receiveManifest(
  site: Site,
  order: Order,
  task: { manifest: Digest; manifestBytes: number },
  { content, signal }: OrderContext,
): Promise<HeldManifest> {
  using held = new DisposableStack();
  const bases = new Map<Digest, HeldManifest>();
  for (const digest of manifestsInUse(site.units.read(order.unit))) {
    const base = bases.has(digest) ? undefined : site.manifests.open(digest);
    if (base) bases.set(digest, held.use(base));
  }
  const receipt = held.use(site.manifests.receive(task.manifest, task.manifestBytes));
  const into: ManifestTarget = {
    bases: [...bases.keys()],
    length: receipt.length,
    readBase: (digest, from, to) => bases.get(digest)?.read(from, to) ?? new Uint8Array(0),
    append: receipt.append,
  };
  await content.manifest(order, task.manifest, task.manifestBytes, into, signal);
  return receipt.finish();
}

/** The state of a unit, without what lies below a root that this agent no longer serves. */
export function servedState(site: Site, order: Order): UnitState {
  const state = site.units.read(order.unit);
  const served = site.roots.some((root) => root.role === order.unit.role && root.path === state.root);
  if (state.root === undefined || served) return state;
  return { unit: state.unit, ...(state.highest ? { highest: state.highest } : {}), leftovers: [], retained: [] };
}

/**
 * The role root that a unit lives below: where it was before, else where its folder lies, else the one with most free space.
 * Throws `ROLE_NOT_SERVED`, and `NAME_TWIN` where a name beside ours is one with it for clients of Windows.
 */
export async function rootFor(site: Site, state: UnitState, owned: readonly Pick<OwnedPath, "path">[]): Promise<string> {
  const root = await chooseRoot(site, state, owned);
  site.twins.refuse(root, owned);
  return root;
}

async function chooseRoot(site: Site, state: UnitState, owned: readonly Pick<OwnedPath, "path">[]): Promise<string> {
  const roots = site.roots.filter((root) => root.role === state.unit.role).map((root) => root.path);
  const known =
    roots.find((root) => root === state.root) ?? roots.find((root) => owned.some(({ path }) => site.switcher.exists(root, path)));
  if (known !== undefined) return known;
  let best: { root: string; free: number } | undefined;
  for (const root of roots) {
    const free = roots.length > 1 ? await site.disk.freeBytes(root) : 0;
    if (!best || free > best.free) best = { root, free };
  }
  if (!best)
    throw new SitewrightError(
      "ROLE_NOT_SERVED",
      `this agent has no root for the role ${state.unit.role}: add one with: sitewright-agent root add ${state.unit.role}=PATH, then start the agent again`,
    );
  return best.root;
}

/** Owned paths with their names in a folder of ours. */
export function numbered(owned: readonly OwnedPath[]): { path: string; place: string }[] {
  return owned.map(({ path }) => ({ path, place: placeIn("", owned, path).slice(1) }));
}

/** Takes a new state in force, and removes what only the old one spoke of. */
export function replaceState(site: Site, before: UnitState, after: UnitState): void {
  site.units.write(after);
  dropUnused(site, before, after);
}

export function dropUnused(site: Site, before: UnitState, after: UnitState): void {
  const used = new Set(foldersInUse(after));
  for (const folder of foldersInUse(before))
    if (!used.has(folder) && before.root !== undefined) void discardQuietly(site, before.root, folder, retainedIn(before, folder));
  const still = new Set(manifestsInUse(after));
  if (manifestsInUse(before).every((digest) => still.has(digest))) return;
  const manifests = new Set(site.units.all().flatMap(manifestsInUse));
  if (manifestsInUse(before).some((digest) => !manifests.has(digest))) site.manifests.keepOnly(manifests);
}

/** References in a folder of ours that are kept beside the live tree as well, below that folder: nobody asks what becomes of them. */
function retainedIn({ previous, retained }: UnitState, folder: string): string[] {
  if (previous?.folder !== folder) return [];
  return retained
    .filter((file) => file.side === "previous")
    .map(({ path }) => placeIn(folder, previous.owned, path).slice(folder.length + 1));
}

/** The removal goes on in the background; what it cannot remove is tried again later. */
export function discardQuietly(site: Site, root: string, path: string, forget: readonly string[] = []): Promise<number> {
  const failed = (error: unknown) => {
    if (SitewrightError.from(error).code !== "CANCELLED")
      site.log("warn", "a folder of ours could not be removed", { root, path, err: error });
    return 0;
  };
  try {
    return site.switcher.discard(root, path, forget).catch(failed);
  } catch (error) {
    return Promise.resolve(failed(error));
  }
}
