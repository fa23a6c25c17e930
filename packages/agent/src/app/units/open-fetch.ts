import type { Digest } from "@sitewright/protocol";
import type { FetchStep } from "../../domain/rebuild-plan.ts";
import { fetchChunks } from "./fetch-chunks.ts";
import type { RebuildJob } from "./rebuild-job.ts";

/** Fetches window after window. */
export interface Fetch {
  /** Resolves when there is room for more. */
  add(steps: readonly FetchStep[]): Promise<void>;
  /** All of it is written. */
  end(): Promise<void>;
}

export function openFetch(job: RebuildJob, manifest: Digest): Fetch {
  let current = Promise.resolve();
  let failure: { error: unknown } | undefined;
  const settled = async () => {
    await current;
    if (failure) throw failure.error;
  };
  return {
    async add(steps) {
      await settled();
      if (steps.length === 0) return;
      current = fetchChunks(job, steps, manifest).catch((error: unknown) => {
        failure = { error };
      });
    },
    end: settled,
  };
}
