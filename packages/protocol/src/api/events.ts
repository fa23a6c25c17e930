import { answersWith } from "./errors.ts";
import { OVERVIEW, SITE_DATA } from "./overview.ts";
import { PHASE } from "./phases.ts";
import { RUN, RUN_VIEW } from "./runs.ts";
import { count, flag, list, number, object, table, text, time, type Of } from "./schema.ts";
import { HELD } from "./units.ts";

/** What happened since the last event, as the last state of each thing. */
const CHANGE = object(
  {
    sequence: count,
    runs: list(RUN),
    phases: list(PHASE),
    /** Whose agents came or went. */
    systems: list(object({ name: text, connected: flag }, { since: time, lastSeen: time })),
    /** What systems hold, at most one of each system. `all`: these are all that it holds; otherwise only those that changed. */
    held: list(object({ system: text, units: list(HELD), all: flag })),
    /** Keys of addresses that are not as they were. */
    addresses: list(text),
    /** What crosses each line that something crossed lately, bit/s; zero when it has just become quiet. */
    rates: table(number),
  },
  {
    /** What keeps agents from their work, by system, where that is not what it was. */
    warnings: table(list(text)),
    /** Whether the site data can be used, when that is not as it was. */
    siteData: SITE_DATA,
    /** The source that is being indexed, while one is. */
    indexing: object({ run: text, unit: text, files: count, bytes: count }),
  },
);
export type Change = Of<typeof CHANGE>;

/** Of the live view of a run. */
export const RUN_EVENTS = { snapshot: RUN_VIEW, change: CHANGE } as const;
/** Of the live view of everything. */
export const OVERVIEW_EVENTS = { snapshot: OVERVIEW, change: CHANGE } as const;

const QUERY = { type: "object", properties: { run: { type: "string", maxLength: 200 } } } as const;

/** Without a run: the whole hierarchy. */
export const EVENT_ROUTES = { follow: { querystring: QUERY, response: answersWith("text/event-stream") } } as const;
