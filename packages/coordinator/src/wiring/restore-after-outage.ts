import type { SharedFolder } from "../adapters/backup/shared-folder.ts";
import type { Members } from "../adapters/redis/members.ts";
import type { KeptState } from "../app/backup/kept-state.ts";
import type { Log } from "../app/log.ts";
import { untilDone, type UntilDone } from "../app/until-done.ts";
import type { Core } from "./core.ts";

export interface RestoreDeps {
  members: Pick<Members, "renewed">;
  kept: Pick<KeptState, "storeAgain">;
  core: Pick<Core, "redisBack">;
  shared: Pick<SharedFolder, "give">;
  log: Log;
}

/** From a failure to restore what Redis lost to the next attempt, ms. */
const RESTORE_AGAIN_MS = 5_000;

/** What a coordinator that leads does each time that Redis is back, perhaps without what it stored last, or was emptied. */
export function restoreAfterOutage({ members, kept, core, shared, log }: RestoreDeps): UntilDone {
  const restore = async (): Promise<void> => {
    // If another one led meanwhile, what it changed must stay: this one ends then.
    await members.renewed();
    await kept.storeAgain();
    await Promise.all([core.redisBack(), shared.give()]);
  };
  return untilDone(RESTORE_AGAIN_MS, "what the outage of Redis lost could not be restored: it is tried again soon", restore, log);
}
