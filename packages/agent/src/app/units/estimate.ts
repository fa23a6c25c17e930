import { manifestTotals, type Order, type Outcome } from "@sitewright/protocol";
import { planRebuild } from "../../domain/rebuild-plan.ts";
import { indexLocal } from "./local-index.ts";
import { manifestOf, rootFor, servedState } from "./order-tools.ts";
import type { OrderContext } from "../ports.ts";
import type { Site } from "./unit-ports.ts";

type EstimateOrder = Order & { task: { kind: "estimate" } };

/** How much of a manifest is here already. Changes nothing but the cache of hashes. */
export async function estimate(site: Site, order: EstimateOrder, context: OrderContext): Promise<Outcome> {
  const { manifest } = await manifestOf(site, order, order.task, context);
  const state = servedState(site, order);
  const root = await rootFor(site, state, manifest.owned);
  const { staging } = state;
  const sources = staging ? { ...state, leftovers: [...state.leftovers, { folder: staging.folder, owned: staging.owned }] } : state;
  const local = await indexLocal(site, root, sources, manifest, context.signal);
  const { files, bytes } = manifestTotals(manifest);
  const { fetchBytes } = planRebuild(manifest, { files: local.files, staged: new Map() });
  return { kind: "estimated", files, sourceBytes: bytes, presentBytes: bytes - fetchBytes, indexAgeMs: Date.now() - local.oldest };
}
