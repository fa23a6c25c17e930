import type { Order, Outcome } from "@sitewright/protocol";
import { chunkKey } from "../../domain/chunks/chunk-key.ts";
import { createKnownChunks } from "../../domain/chunks/known-chunks.ts";
import { indexLocal } from "./local-index.ts";
import { openManifest, rootFor, servedState } from "./order-tools.ts";
import type { OrderContext } from "../ports.ts";
import { planWindows } from "./plan-windows.ts";
import { NOTHING_STAGED } from "./scan-staged.ts";
import type { Site } from "./unit-ports.ts";

type EstimateOrder = Order & { task: { kind: "estimate" } };

/** How much of a manifest is here already. Changes nothing but the index. */
export async function estimate(site: Site, order: EstimateOrder, context: OrderContext): Promise<Outcome> {
  using manifest = await openManifest(site, order, order.task, context);
  const { owned } = manifest.head;
  const state = servedState(site, order);
  const root = await rootFor(site, state, owned);
  const { staging } = state;
  const sources = staging ? { ...state, leftovers: [...state.leftovers, { folder: staging.folder, owned: staging.owned }] } : state;
  const { signal } = context;
  const done = { files: 0, reusedBytes: 0, fetchedBytes: 0, retriedBytes: 0 };
  const indexed = (files: number, bytes: number): void => {
    done.files += files;
    done.reusedBytes += bytes;
    context.progress({ step: "indexing", ...done });
  };
  const { live, oldest } = await indexLocal(site, root, sources, owned, { signal, indexed });
  const counted = createKnownChunks();
  let fetchBytes = 0;
  for await (const { plan } of planWindows(manifest, NOTHING_STAGED, { site, root, live: live ? owned : [], signal })) {
    for (const { chunk } of plan.fetch) {
      const key = chunkKey(chunk.digest);
      if (counted.get(key) === undefined) fetchBytes += chunk.size;
      counted.set(key, 0);
    }
  }
  const { files, bytes } = manifest.totals;
  return { kind: "estimated", files, sourceBytes: bytes, presentBytes: bytes - fetchBytes, indexAgeMs: Date.now() - oldest };
}
