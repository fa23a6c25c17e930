import type { Order, Outcome } from "@sitewright/protocol";
import type { OrderContext } from "../ports.ts";
import { checkLive } from "./check-live.ts";
import { openManifest, rootFor, servedState } from "./order-tools.ts";
import type { Site } from "./unit-ports.ts";

type VerifyOrder = Order & { task: { kind: "verify" } };

/** Compares the live tree with a manifest. Changes nothing on the disk. */
export async function verify(site: Site, order: VerifyOrder, context: OrderContext): Promise<Outcome> {
  using manifest = await openManifest(site, order, order.task, context);
  const state = servedState(site, order);
  const root = await rootFor(site, state, manifest.head.owned);
  const { deviations, absent, ...checked } = await checkLive(site, state, root, manifest, context, {
    full: order.task.full,
    asBuilt: false,
  });
  const right = deviations.count() === 0 && !absent;
  if (!right) forgetSeen(site, order);
  const stale = !right && state.live?.manifest !== undefined && state.live.manifest !== order.task.manifest;
  return { kind: "verified", right, stale, absent, ...checked, ...deviations.summary() };
}

/** What a full look found damaged may be of the very times and sizes as before: the next rebuild is not to take it for unchanged. */
function forgetSeen(site: Site, { unit, task }: VerifyOrder): void {
  const state = site.units.read(unit);
  if (!state.live?.seen || state.live.manifest !== task.manifest) return;
  const { seen: _, ...live } = state.live;
  site.units.write({ ...state, live });
}
