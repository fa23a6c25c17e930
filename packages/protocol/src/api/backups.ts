import { ADDRESS_SETTINGS } from "./addresses.ts";
import { answers } from "./errors.ts";
import { count, list, object, table, text, time, type Of } from "./schema.ts";

/** Of an address, as an operator set it. */
const SET = object({ override: object({}, ADDRESS_SETTINGS), by: text, at: time });

/** What a running coordinator contributes to a backup of it; the rest is in its data folder. Nothing in it is secret. */
const SAVED_STATE = object(
  {
    /** Id of the coordinator. */
    coordinator: text,
    /** `key`: the agent's public key, SPKI DER in hex. */
    agents: list(object({ system: text, key: text }, { joinedAt: time })),
    overrides: table(SET),
  },
  {
    /** The highest that was ordered. */
    generation: object({ epoch: count, counter: count }),
  },
);
export type SavedState = Of<typeof SAVED_STATE>;

export const BACKUP_ROUTES = {
  save: { response: answers(SAVED_STATE) },
} as const;
