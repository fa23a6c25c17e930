import { SITE_BACKUP_STATES } from "../queries.ts";
import { answers } from "./errors.ts";
import { count, list, name, object, oneOf, text, time, type Of } from "./schema.ts";

const RUN = object(
  {
    run: text,
    state: oneOf(SITE_BACKUP_STATES),
    began: time,
    ended: time,
    files: count,
    /** Of all files. */
    bytes: count,
    /** Bytes by which the store grew. */
    added: count,
  },
  {
    /** What went wrong, in words. */
    fault: text,
    /** When files of it were last read back, and how many could not be, or were left for another time. */
    verified: object({ at: time, bad: count, notTested: count }),
    /** Name by which it is kept. */
    archived: text,
  },
);

const STATUS = object(
  {
    /** The newest first. */
    runs: list(RUN),
  },
  {
    /** When the one that runs was begun. */
    running: time,
    /** When the next one is due. */
    due: time,
  },
);
export type SiteBackupStatus = Of<typeof STATUS>;

const SYSTEM = object({ system: name });

/** `system`: that of the site server. */
export const SITE_BACKUP_ROUTES = {
  show: { params: SYSTEM, response: answers(STATUS) },
  begin: { params: SYSTEM, response: answers(STATUS) },
} as const;
