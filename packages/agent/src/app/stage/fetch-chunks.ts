import type { Ranges } from "@sitewright/protocol";
import type { FetchStep } from "../../domain/tree/rebuild-plan.ts";
import type { FetchProgress } from "../ports/content.ts";
import type { UnitContext } from "../unit/context.ts";
import type { RebuildJob } from "./rebuild-job.ts";

/** Files that get their attributes in one batch. */
const FINISH_FROM = 32;

/** The part of a rebuild that is fetched. */
export interface Fetch {
  /** Its purpose, before anything is added: connections are opened while the plan is still being made. */
  serve(job: RebuildJob): void;
  /** Steps by ascending ordinal, window after window. Resolves when there is room for the next one. Throws what ended the fetch. */
  add(steps: readonly FetchStep[]): Promise<void>;
  /** As `ContentFetch` does. */
  holds(ranges: Ranges): void;
  /** Resolves when everything is verified and written; nothing is written any more when it throws. */
  end(): Promise<void>;
  /** Cancels what is not done, and resolves when nothing is written any more. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Fetches chunks and writes each to all its places, while further ones are still being planned. Throws `HASH_MISMATCH` for a chunk that
 * arrived damaged three times, and as `ContentFetch` does.
 */
export function openFetch({ content: source, order, signal }: UnitContext<"stage">, root: string): Fetch {
  const failed = new AbortController();
  let served: RebuildJob | undefined;
  let failure: { error: unknown } | undefined;
  let finishing = Promise.resolve();

  function onProgress({ written, pieces, completed, thrownAway, neighbour }: FetchProgress): void {
    const job = served;
    if (!job) return; // its errors concern connections only
    for (const { chunk, places } of written) {
      job.totals.fetchedBytes += chunk.size;
      if (neighbour) job.totals.peerBytes = (job.totals.peerBytes ?? 0) + chunk.size;
      job.totals.reusedBytes += chunk.size * (places.length - 1);
    }
    job.totals.retriedBytes += thrownAway;
    for (const [file, identity] of completed) job.completed(file, identity);
    for (const file of pieces) job.pieceDone(file);
    if (pieces.length > 0) finishing = finishing.then(() => job.finishFiles(FINISH_FROM)).catch(giveUp);
    job.report("fetching");
  }

  function giveUp(error: unknown): void {
    failure ??= { error };
    failed.abort();
  }

  const content = source.open({
    order,
    manifest: order.task.manifest,
    root,
    place(path) {
      if (!served) throw new Error("something is fetched before its purpose was given");
      return served.place(path);
    },
    onProgress,
    signal: AbortSignal.any([signal, failed.signal]),
  });

  async function orFailure(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      giveUp(error);
    }
    if (failure) throw failure.error;
  }

  async function written(): Promise<void> {
    try {
      await content.end();
    } finally {
      await finishing;
    }
  }
  const end = () => orFailure(written());

  return {
    serve: (rebuild) => void (served = rebuild),
    add: (steps) => orFailure(content.add(steps)),
    holds: (ranges) => content.holds(ranges),
    end,
    async [Symbol.asyncDispose]() {
      failed.abort();
      await end().catch(() => {}); // the caller of `add` or `end` gets the error
    },
  };
}
