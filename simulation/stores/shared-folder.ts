import type { Redis } from "ioredis";
import type { Tenure } from "@sitewright/protocol";
import type { SharedFolder } from "../../packages/coordinator/src/adapters/backup/shared-folder.ts";
import { KEYS } from "../../packages/coordinator/src/adapters/redis/keys.ts";
import type { SavedState } from "../../packages/coordinator/src/domain/backup/backup.ts";
import { evalFenced, SET_FIELDS } from "../../packages/coordinator/src/adapters/redis/scripts.ts";
import { reaching } from "../../packages/coordinator/src/adapters/redis/server/connection.ts";

/** What coordinators share of their data folders, as far as these are simulated: the tenure, and the copy for the loss of Redis. */
export function shareData(
  client: Redis,
  data: { tenure?: Tenure; keptState?: SavedState },
  { memberId, lease }: { memberId: string; lease: string },
): Pick<SharedFolder, "take" | "give" | "giveFile" | "giveTenure"> {
  const set = (name: string, value: string): Promise<unknown> =>
    reaching(() => evalFenced(client, SET_FIELDS, lease, [KEYS.shared], [name, value]));

  async function giveState(): Promise<void> {
    if (data.keptState) await set("state", JSON.stringify(data.keptState));
  }
  const giveTenure = async (): Promise<void> => void (await set("tenure", JSON.stringify(data.tenure)));
  return {
    async take() {
      const { author, tenure, state } = await reaching(() => client.hgetall(KEYS.shared));
      if (author === undefined || author === memberId) return "own";
      const theirs = JSON.parse(tenure ?? "{}") as Partial<Tenure>;
      const { restored = 0, started = 0 } = data.tenure ?? {};
      data.tenure = { restored: Math.max(restored, theirs.restored ?? 0), started: Math.max(started, theirs.started ?? 0) };
      if (state === undefined) delete data.keptState;
      else data.keptState = JSON.parse(state) as SavedState;
      return "taken";
    },
    async give() {
      await giveState();
      await giveTenure();
      await set("author", memberId);
    },
    giveTenure,
    // What cannot be stored now is given again when Redis is back.
    giveFile: () => giveState().catch(() => undefined),
  };
}
