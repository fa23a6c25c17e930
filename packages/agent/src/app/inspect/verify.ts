import type { Outcome } from "@sitewright/protocol";
import { openManifest, rootFor } from "../unit/order-tools.ts";
import type { UnitContext } from "../unit/context.ts";
import { openRootDisk } from "../unit/root-disk.ts";
import { forgetSeen, servedState } from "../unit/state.ts";
import { checkLive } from "./check-live.ts";

/** Compares the live tree with a manifest. Changes nothing on the disk. */
export async function verify(context: UnitContext<"verify">): Promise<Outcome> {
  const { services, order, progress } = context;
  using manifest = await openManifest(context);
  const state = servedState(services, order.unit);
  const root = openRootDisk(services, await rootFor(services, state, manifest.head.owned), context.signal);
  const { deviations, absent, ...checked } = await checkLive(root, state, manifest, { full: order.task.full, asBuilt: false, progress });
  const right = deviations.count() === 0 && !absent;
  // A file that a full check found damaged may have unchanged times and size: the next rebuild must not take it for unchanged.
  if (!right) forgetSeen(services, order.unit, order.task.manifest);
  const stale = !right && state.live?.manifest !== undefined && state.live.manifest !== order.task.manifest;
  return { kind: "verified", right, stale, absent, ...checked, ...deviations.summary() };
}
