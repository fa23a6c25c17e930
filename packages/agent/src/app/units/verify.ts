import { type Chunk, type Deviation, type FileEntry, type Order, type Outcome } from "@sitewright/protocol";
import { compareTree, type FoundEntry } from "../../domain/compare-tree.ts";
import { summarizeDeviations } from "../../domain/deviation-summary.ts";
import { isSettled } from "../../domain/file-identity.ts";
import { sameChunks } from "../../domain/rebuild-plan.ts";
import { batches, inParallel } from "./in-parallel.ts";
import { AT_ONCE, BATCH, walkOwned } from "./local-index.ts";
import { manifestOf, rootFor, servedState } from "./order-tools.ts";
import type { OrderContext } from "../ports.ts";
import type { Site } from "./unit-ports.ts";

type VerifyOrder = Order & { task: { kind: "verify" } };

/** Compares the live tree with a manifest. Changes nothing on the disk. */
export async function verify(site: Site, order: VerifyOrder, context: OrderContext): Promise<Outcome> {
  const { manifest } = await manifestOf(site, order, order.task, context);
  const state = servedState(site, order);
  const root = await rootFor(site, state, manifest.owned);
  const found = await walkOwned(site, root, undefined, manifest.owned, context.signal);
  const retained = new Set(state.retained.filter((file) => file.side === "live").map((file) => file.path));
  const { deviations, files } = compareTree(manifest, found, retained);
  const checked = { files: 0, bytes: 0 };
  const damaged = await findDamaged(site, root, files, order.task.full, context, checked);
  const all: Deviation[] = [...deviations, ...damaged];
  const absent = manifest.owned.every((owned) => !found.has(owned.path));
  const right = all.length === 0 && !absent;
  return {
    kind: "verified",
    right,
    absent,
    stale: !right && state.live?.manifest !== undefined && state.live.manifest !== order.task.manifest,
    ...checked,
    ...summarizeDeviations(all),
  };
}

async function findDamaged(
  site: Site,
  root: string,
  files: readonly { file: FileEntry; found: FoundEntry }[],
  full: boolean,
  context: OrderContext,
  checked: { files: number; bytes: number },
): Promise<Deviation[]> {
  const damaged: Deviation[] = [];
  const count = (file: FileEntry, right: boolean) => {
    checked.files += 1;
    checked.bytes += file.size;
    if (!right) damaged.push({ kind: "damaged", path: file.path });
  };
  const unread = files.filter(({ file, found }) => {
    const cached = full ? undefined : site.cache.get(found.identity);
    if (!cached || !sameChunks(cached.chunks, file.chunks)) return true;
    count(file, true);
    return false;
  });
  await inParallel(
    batches(unread, BATCH, ({ file }) => file.size),
    AT_ONCE,
    async (batch) => {
      const asks = batch.map(({ file }) => ({ path: file.path, expected: file.chunks, only: true }));
      const answers = await site.disk.run(root, "hash", { files: asks }, { signal: context.signal });
      const read: { root: string; path: string; identity: string; chunks: readonly Chunk[] }[] = [];
      batch.forEach(({ file }, i) => {
        const answer = answers[i];
        const right = answer !== undefined && sameChunks(answer.chunks, file.chunks);
        count(file, right);
        // The cuts of a damaged file are not those of its content: they would be no use to anybody.
        if (right && isSettled(answer.identity, Date.now())) read.push({ root, path: file.path, ...answer });
      });
      site.cache.put(read);
      context.progress({ step: "checking", files: checked.files, reusedBytes: checked.bytes, fetchedBytes: 0, retriedBytes: 0 });
    },
  );
  return damaged;
}
