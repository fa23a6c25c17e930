import { type Deviation, type FileEntry } from "@sitewright/protocol";
import { besideFound, deviationsOf, type FoundEntry } from "../../domain/tree/compare-tree.ts";
import { createDeviationSummary, type DeviationSummary } from "../../domain/tree/deviation-summary.ts";
import { isSettled, type FileIdentity } from "../../domain/tree/file-identity.ts";
import { sameChunks } from "../../domain/tree/rebuild-plan.ts";
import type { UnitState } from "../../domain/unit-state.ts";
import type { OrderContext } from "../ports.ts";
import type { CachedEntry } from "./disk-ports.ts";
import { batches, inParallel } from "./in-parallel.ts";
import { AT_ONCE, BATCH } from "./local-index.ts";
import { withoutPlaced } from "./place-rights.ts";
import { nextTurn } from "./next-turn.ts";
import type { HeldManifest, Site } from "./unit-ports.ts";
import { walkParts } from "./walk-owned.ts";

interface LiveCheck {
  /** Files whose content was looked at, or is known to be the same as when it was. */
  files: number;
  bytes: number;
  deviations: DeviationSummary;
  /** Nothing lies at any owned path. */
  absent: boolean;
}

interface CheckOptions {
  /** Every byte is read; else that of files which changed since their content became known. */
  full: boolean;
  /** Whether it must be as we would build it, with times. Then one fault is enough, and the look ends there. */
  asBuilt: boolean;
}

interface Doubtful {
  file: FileEntry;
  found: FoundEntry;
}

/** Compares the live tree of a unit with a manifest, part by part. Changes nothing on the disk. */
export async function checkLive(
  site: Site,
  state: UnitState,
  root: string,
  manifest: HeldManifest,
  context: OrderContext,
  { full, asBuilt }: CheckOptions,
): Promise<LiveCheck> {
  const check: LiveCheck = { files: 0, bytes: 0, deviations: createDeviationSummary(), absent: true };
  const tolerated = new Set(state.retained.filter((file) => file.side === "live").map((file) => file.path));
  const note = (deviation: Deviation) => check.deviations.add(deviation);
  const count = ({ path, size }: FileEntry, right: boolean) => {
    check.files += 1;
    check.bytes += size;
    if (!right) note({ kind: "damaged", path });
  };
  /** The files of the part before, which are read while the next part is compared. */
  let reading = Promise.resolve();
  try {
    const found = walkParts(site, root, undefined, manifest.head.owned, context.signal);
    for await (const pairs of besideFound(manifest.head.owned, manifest.windows(), found)) {
      const deviations: Deviation[] = [];
      const known: FileEntry[] = [];
      const unread: Doubtful[] = [];
      for (const pair of pairs) {
        if (pair.found) check.absent = false;
        deviations.push(...deviationsOf(pair, tolerated));
        const { expected: file, found: there } = pair;
        if (file?.kind !== "file" || there?.kind !== "file" || there.size !== file.size) continue;
        if (asBuilt && there.modified !== file.modified) deviations.push({ kind: "damaged", path: file.path });
        if (!full && sameChunks(site.cache.get(there.identity)?.chunks ?? [], file.chunks)) known.push(file);
        else unread.push({ file, found: there });
      }
      await reading;
      (await withoutPlaced(site, root, manifest.head.owned, pairs, deviations)).forEach(note);
      for (const file of known) count(file, true);
      if (asBuilt && check.deviations.count() > 0) break;
      reading = read(site, root, unread, full, context, (file, right) => {
        count(file, right);
        context.progress({ step: "checking", files: check.files, reusedBytes: check.bytes, fetchedBytes: 0, retriedBytes: 0 });
      });
      reading.catch(() => {}); // thrown where it is waited for
      await nextTurn();
    }
    await reading;
  } finally {
    await Promise.allSettled([reading]);
  }
  return check;
}

/** Reads files and tells of each whether it is what it should be. */
async function read(
  site: Site,
  root: string,
  files: readonly Doubtful[],
  full: boolean,
  context: OrderContext,
  tell: (file: FileEntry, right: boolean) => void,
): Promise<void> {
  await inParallel(
    batches(files, BATCH, ({ file }) => file.size),
    AT_ONCE,
    async (batch) => {
      const asks = batch.map(({ file: { path, chunks }, found: { identity } }) => ({ path, identity, chunks }));
      const answers = await site.disk.run(root, "match", { files: asks }, { signal: context.signal });
      const right: CachedEntry[] = [];
      const wrong: FileIdentity[] = [];
      batch.forEach(({ file: { path, chunks }, found }, i) => {
        const identity = answers[i];
        if (identity === undefined) wrong.push(found.identity);
        else if (!full && isSettled(identity, Date.now())) right.push({ root, path, identity, chunks });
      });
      if (right.length > 0) site.cache.put(right);
      if (wrong.length > 0) site.cache.forget(wrong);
      batch.forEach(({ file }, i) => tell(file, answers[i] !== undefined));
    },
  );
}
