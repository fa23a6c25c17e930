import type { Redis } from "ioredis";
import type { Tenure } from "@sitewright/protocol";
import type { SharedFolder } from "../../packages/coordinator/src/adapters/backup/shared-folder.ts";
import { KEYS } from "../../packages/coordinator/src/adapters/redis/keys.ts";
import type { SavedState } from "../../packages/coordinator/src/domain/backup/backup.ts";
import { evalFenced, SET_FIELDS } from "../../packages/coordinator/src/adapters/redis/scripts.ts";
import { reaching } from "../../packages/coordinator/src/adapters/redis/server/connection.ts";

/** What the data folder keeps from one coordinator to the next. */
export interface DataFolder {
  ledgerLines: string[];
  keptState?: SavedState;
  tenure?: Tenure;
  /** Undo points of deletions, as in their file. */
  deletions?: string;
}

/** What coordinators share of their data folders, as far as these are simulated: the tenure, the copy for the loss of Redis, and undo points of deletions. */
export function shareData(
  client: Redis,
  data: DataFolder,
  { memberId, lease }: { memberId: string; lease: string },
): Pick<SharedFolder, "take" | "give" | "giveFile" | "giveTenure"> {
  const set = async (fields: Record<string, string>): Promise<void> =>
    void (await reaching(() => evalFenced(client, SET_FIELDS, lease, [KEYS.shared], Object.entries(fields).flat())));

  const tenure = (): Record<string, string> => ({ tenure: JSON.stringify(data.tenure) });
  const files = (): Record<string, string> => ({
    ...(data.keptState ? { state: JSON.stringify(data.keptState) } : {}),
    deletions: data.deletions ?? "[]",
  });
  return {
    async take() {
      const { author, ...given } = await reaching(() => client.hgetall(KEYS.shared));
      if (author === undefined || author === memberId) return "own";
      const theirs = JSON.parse(given["tenure"] ?? "{}") as Partial<Tenure>;
      const { restored = 0, started = 0 } = data.tenure ?? {};
      data.tenure = { restored: Math.max(restored, theirs.restored ?? 0), started: Math.max(started, theirs.started ?? 0) };
      data.deletions = given["deletions"] ?? "[]";
      if (given["state"] === undefined) delete data.keptState;
      else data.keptState = JSON.parse(given["state"]) as SavedState;
      return "taken";
    },
    give: () => set({ ...files(), ...tenure(), author: memberId }),
    giveTenure: () => set(tenure()),
    // What cannot be stored now is given again when Redis is back.
    giveFile: () => set(files()).catch(() => undefined),
  };
}
