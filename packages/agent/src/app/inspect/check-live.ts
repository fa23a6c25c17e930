import { type Deviation, type FileEntry, plural } from "@sitewright/protocol";
import {
  besideFound,
  deviationsOf,
  type FoundEntry,
  createDeviationSummary,
  type DeviationSummary,
} from "../../domain/tree/compare-tree.ts";
import { isSettled, type FileIdentity } from "../../domain/tree/file-identity.ts";
import { sameChunks } from "../../domain/tree/rebuild-plan.ts";
import type { UnitState } from "../../domain/unit-state.ts";
import type { OrderContext } from "../ports/content.ts";
import { IN_USE, type CachedEntry } from "../ports/disk.ts";
import { fileInUse } from "../unit/order-tools.ts";
import { batches, inParallel, yieldToEventLoop } from "../unit/in-parallel.ts";
import { AT_ONCE, BATCH } from "./local-index.ts";
import { withoutPlaced } from "../activate/place-rights.ts";
import type { HeldManifest } from "../ports/stores.ts";
import type { RootDisk } from "../unit/root-disk.ts";
import { walkParts } from "./walk-owned.ts";

interface LiveCheck {
  /** Files whose content was read, or is known to be unchanged. */
  files: number;
  bytes: number;
  deviations: DeviationSummary;
  /** Nothing is at any owned path. */
  absent: boolean;
}

interface CheckOptions {
  /** Every byte is read; else that of files which changed since their content became known. */
  full: boolean;
  /** Whether it must be exactly as the agent builds it, with times. Then the check ends at the first difference. */
  asBuilt: boolean;
  progress: OrderContext["progress"];
}

interface Doubtful {
  file: FileEntry;
  found: FoundEntry;
}

/** Compares the live tree of a unit with a manifest, part by part. Changes nothing on the disk. */
export async function checkLive(root: RootDisk, state: UnitState, manifest: HeldManifest, options: CheckOptions): Promise<LiveCheck> {
  const { full, asBuilt, progress } = options;
  const { owned } = manifest.head;
  const { keptMode } = root.services.disk;
  const check: LiveCheck = { files: 0, bytes: 0, deviations: createDeviationSummary(), absent: true };
  const tolerated = new Set(state.retained.filter((file) => file.side === "live").map((file) => file.path));
  const inUse: string[] = [];
  const note = (deviation: Deviation) => check.deviations.add(deviation);
  const count = ({ path, size }: FileEntry, right: boolean) => {
    check.files += 1;
    check.bytes += size;
    if (!right) note({ kind: "damaged", path });
  };
  /** The files of the previous part, which are read while the next part is compared. */
  let reading = Promise.resolve();
  try {
    for await (const pairs of besideFound({ owned, windows: manifest.windows(), kept: keptMode }, walkParts(root, { owned }))) {
      const deviations: Deviation[] = [];
      const known: FileEntry[] = [];
      const unread: Doubtful[] = [];
      for (const pair of pairs) {
        if (pair.found) check.absent = false;
        deviations.push(...deviationsOf(pair, tolerated));
        const { expected: file, found: there } = pair;
        if (file?.kind !== "file" || there?.kind !== "file" || there.size !== file.size) continue;
        if (asBuilt && there.modified !== file.modified) deviations.push({ kind: "damaged", path: file.path });
        if (!full && sameChunks(root.services.cache.get(there.identity)?.chunks ?? [], file.chunks)) known.push(file);
        else unread.push({ file, found: there });
      }
      await reading;
      (await withoutPlaced(root, owned, pairs, deviations)).forEach(note);
      for (const file of known) count(file, true);
      if (asBuilt && check.deviations.count() > 0) break;
      reading = read(root, unread, full, (file, state) => {
        if (state === "in use") inUse.push(file.path);
        else count(file, state === "right");
        progress({ step: "checking", files: check.files, reusedBytes: check.bytes, fetchedBytes: 0, retriedBytes: 0 });
      });
      reading.catch(() => {}); // thrown where it is awaited
      await yieldToEventLoop();
    }
    await reading;
    const admitted = await root.run("classes", { owned });
    owned.forEach(({ path }, i) => !admitted[i] && note({ kind: "rights", path }));
  } finally {
    await Promise.allSettled([reading]);
  }
  if (inUse.length > 0) {
    const others = `of the ${plural(check.files, "other file")} checked and of what lies beside them ${check.deviations.count()} deviate`;
    throw fileInUse(root.path, inUse, others);
  }
  return check;
}

type ReadState = "right" | "wrong" | "in use";

function stateOf(answer: FileIdentity | typeof IN_USE | undefined): ReadState {
  return answer === undefined ? "wrong" : answer === IN_USE ? "in use" : "right";
}

/** Reads files and reports whether each is correct. */
async function read(
  root: RootDisk,
  files: readonly Doubtful[],
  full: boolean,
  tell: (file: FileEntry, state: ReadState) => void,
): Promise<void> {
  const { cache } = root.services;
  await inParallel(
    batches(files, BATCH, ({ file }) => file.size),
    AT_ONCE,
    async (batch) => {
      const asks = batch.map(({ file: { path, chunks }, found: { identity } }) => ({ path, identity, chunks }));
      const answers = await root.run("match", { files: asks });
      const right: CachedEntry[] = [];
      const wrong: FileIdentity[] = [];
      batch.forEach(({ file: { path, chunks }, found }, i) => {
        const identity = answers[i];
        if (identity === undefined) wrong.push(found.identity);
        else if (identity === IN_USE) return;
        else if (!full && isSettled(identity, Date.now())) right.push({ root: root.path, path, identity, chunks });
      });
      if (right.length > 0) cache.put(right);
      if (wrong.length > 0) cache.forget(wrong);
      batch.forEach(({ file }, i) => tell(file, stateOf(answers[i])));
    },
  );
}
