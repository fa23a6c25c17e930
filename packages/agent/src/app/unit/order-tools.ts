import {
  compareGenerations,
  decodeAgentMessage,
  encodeAgentMessage,
  SitewrightError,
  unitKey,
  type Digest,
  type Generation,
  type Order,
  type OwnedPath,
  type Outcome,
  type Role,
} from "@sitewright/protocol";
import { manifestsInUse, placeIn, type UnitState } from "../../domain/unit-state.ts";
import type { ManifestTarget } from "../ports/content.ts";
import type { HeldManifest } from "../ports/stores.ts";
import type { Services, UnitContext } from "./context.ts";

export function sameGeneration(a: Generation | undefined, b: Generation): boolean {
  return a !== undefined && compareGenerations(a, b) === 0;
}

/** The manifest that an order names, local or fetched, checked to be one for this unit. To be disposed of. */
export async function openManifest(context: UnitContext<ManifestTask>): Promise<HeldManifest> {
  const { services, order } = context;
  const manifest = services.manifests.open(order.task.manifest) ?? (await receiveManifest(context));
  const { unit } = manifest.head;
  if (unitKey(unit) === unitKey(order.unit)) return manifest;
  manifest[Symbol.dispose]();
  throw new SitewrightError(
    "MANIFEST_INVALID",
    `the manifest ${order.task.manifest} is for ${unit.name}, the order for ${order.unit.name}`,
  );
}

/** Tasks that name a manifest. */
type ManifestTask = "stage" | "verify" | "estimate";

/** Earlier manifests of the unit help to pack it. */
async function receiveManifest({ services, order, content, signal }: UnitContext<ManifestTask>): Promise<HeldManifest> {
  const { manifest, manifestBytes } = order.task;
  using held = new DisposableStack();
  const bases = new Map<Digest, HeldManifest>();
  for (const digest of manifestsInUse(services.units.read(order.unit))) {
    const base = bases.has(digest) ? undefined : services.manifests.open(digest);
    if (base) bases.set(digest, held.use(base));
  }
  const receipt = held.use(services.manifests.receive(manifest, manifestBytes));
  const into: ManifestTarget = {
    bases: [...bases.keys()],
    length: receipt.length,
    readBase: (digest, from, to) => bases.get(digest)?.read(from, to) ?? new Uint8Array(0),
    append: receipt.append,
  };
  await content.manifest({ order, digest: manifest, size: manifestBytes, into, signal });
  return receipt.finish();
}

type RootChoice = Pick<Services, "roots" | "disk" | "switcher" | "twins">;

/**
 * The role root that a unit lives below: where it was before, else where its folder is, else the one with most free space. Throws
 * `ROLE_NOT_SERVED`, and `NAME_TWIN` if Windows clients cannot distinguish another name from the unit's.
 */
export async function rootFor(services: RootChoice, state: UnitState, owned: readonly Pick<OwnedPath, "path">[]): Promise<string> {
  const root = await chooseRoot(services, state, owned);
  services.twins.refuse(root, owned);
  return root;
}

async function chooseRoot(services: RootChoice, state: UnitState, owned: readonly Pick<OwnedPath, "path">[]): Promise<string> {
  const roots = services.roots.filter((root) => root.role === state.unit.role).map((root) => root.path);
  const known =
    roots.find((root) => root === state.root) ?? roots.find((root) => owned.some(({ path }) => services.switcher.exists(root, path)));
  if (known !== undefined) return known;
  let best: { root: string; free: number } | undefined;
  for (const root of roots) {
    const free = roots.length > 1 ? await services.disk.freeBytes(root) : 0;
    if (!best || free > best.free) best = { root, free };
  }
  if (!best) throw roleNotServed(state.unit.role);
  return best.root;
}

/** The same words for all units of the role: what reports them counts them in one line. */
export function roleNotServed(role: Role): SitewrightError {
  return new SitewrightError(
    "ROLE_NOT_SERVED",
    `this agent has no root for the role ${role}: add one with: sitewright-agent root add ${role}=PATH, then start the agent again`,
  );
}

/** Owned paths with their names in a folder of the agent. */
export function numbered(owned: readonly OwnedPath[]): { path: string; place: string }[] {
  return owned.map(({ path }) => ({ path, place: placeIn("", owned, path).slice(1) }));
}

/** Another program has files open for itself alone, so that their content cannot be checked. @param meanwhile What that means. */
export function fileInUse(root: string, paths: readonly string[], meanwhile: string): SitewrightError {
  const place = `${root}/${paths[0]}`;
  const more = paths.length > 1 ? ` and ${paths.length - 1} more` : "";
  return new SitewrightError(
    "FILE_IN_USE",
    `${place}${more}: another program has it open for itself alone, so its content cannot be checked: ${meanwhile}. Close it there (Get-SmbOpenFile or handle.exe name who has it open), then run it again`,
    { path: place },
  );
}

/** Throws `INTERNAL` for an outcome that nobody can read once it is stored: it would hold up all results after it for ever. */
export function requireReadable({ id, epoch, unit, generation }: Order, outcome: Outcome): void {
  try {
    decodeAgentMessage(encodeAgentMessage({ kind: "result", number: 1, orderId: id, epoch, unit, generation, outcome }));
  } catch (cause) {
    throw new SitewrightError("INTERNAL", `the result of this order cannot be sent: ${SitewrightError.from(cause).message}`, { cause });
  }
}

/** Converts the error of an order to its outcome. */
export function failedOutcome(error: unknown): Outcome & { kind: "failed" } {
  const { code, message, path, retryable } = SitewrightError.from(error);
  return { kind: "failed", code, message, ...(path === undefined ? {} : { path }), retryable };
}
