import type { Outcome } from "@sitewright/protocol";
import { chunkKey, createKnownChunks } from "../../domain/chunks/known-chunks.ts";
import { planWindows } from "../stage/plan-windows.ts";
import { NOTHING_STAGED } from "../stage/scan-staged.ts";
import { openManifest, rootFor } from "../unit/order-tools.ts";
import type { UnitContext } from "../unit/context.ts";
import { openRootDisk } from "../unit/root-disk.ts";
import { servedState } from "../unit/state.ts";
import { indexLocal, tellIndexing } from "./local-index.ts";

/** How much of a manifest is here already. Changes nothing but the index. */
export async function estimate(context: UnitContext<"estimate">): Promise<Outcome> {
  const { services, order } = context;
  using manifest = await openManifest(context);
  const { owned } = manifest.head;
  const state = servedState(services, order.unit);
  const root = openRootDisk(services, await rootFor(services, state, owned), context.signal);
  const { staging } = state;
  const sources = staging ? { ...state, leftovers: [...state.leftovers, { folder: staging.folder, owned: staging.owned }] } : state;
  const { live, oldest } = await indexLocal(root, sources, owned, tellIndexing(context));
  const counted = createKnownChunks();
  let fetchBytes = 0;
  for await (const { plan } of planWindows(manifest, NOTHING_STAGED, { root, services, live: live ? owned : [] })) {
    for (const { chunk } of plan.fetch) {
      const key = chunkKey(chunk.digest);
      if (counted.get(key) === undefined) fetchBytes += chunk.size;
      counted.set(key, 0);
    }
  }
  const { files, bytes } = manifest.totals;
  // The clock may have been set back meanwhile.
  const indexAgeMs = Math.max(0, Date.now() - oldest);
  return { kind: "estimated", files, sourceBytes: bytes, presentBytes: bytes - fetchBytes, indexAgeMs };
}
