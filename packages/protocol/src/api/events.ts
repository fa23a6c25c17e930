import { answersWith } from "./errors.ts";
import { OVERVIEW, SITE_DATA } from "./overview.ts";
import { PHASE } from "./runs/phases.ts";
import { RUN, RUN_VIEW } from "./runs/runs.ts";
import { count, flag, list, number, object, table, text, time, type Of } from "./schema.ts";
import { HELD } from "./runs/units.ts";

/** What changed since the last event, as the latest state of each thing. */
const CHANGE = object(
  {
    sequence: count,
    runs: list(RUN),
    phases: list(PHASE),
    /** Systems whose agents connected or disconnected. */
    systems: list(object({ name: text, connected: flag }, { since: time, lastSeen: time })),
    /**
     * What systems hold, at most one entry per system. `all`: the entry lists everything the system holds; otherwise only the units that
     * changed.
     */
    held: list(object({ system: text, units: list(HELD), all: flag })),
    /** Keys of the addresses that changed. */
    addresses: list(text),
    /** Current traffic of each line that was used lately, bit/s; zero when it has just become idle. */
    rates: table(number),
  },
  {
    /** Warnings of agents, by system, where they changed. */
    warnings: table(list(text)),
    /** Ids of the recoveries of which something was recorded. */
    recoveries: list(text),
    /** Whether the site data can be used, when that changed. */
    siteData: SITE_DATA,
    /** The source that is being indexed; absent: none is. */
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
