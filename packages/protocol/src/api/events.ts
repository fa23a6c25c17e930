import { answersWith } from "./errors.ts";
import { OVERVIEW, SITE_DATA } from "./overview.ts";
import { PHASE } from "./runs/phases.ts";
import { RUN, RUN_VIEW } from "./runs/runs.ts";
import { count, flag, list, number, object, table, text, time, type Of } from "./schema.ts";

/** What changed since the last event, as the latest state of each thing. */
const CHANGED = {
  sequence: count,
  runs: list(RUN),
  /** Systems whose agents connected or disconnected. */
  systems: list(object({ name: text, connected: flag }, { since: time, lastSeen: time })),
  /** Keys of the addresses that changed. */
  addresses: list(text),
  /** Current traffic of each line that was used lately, bit/s; zero when it has just become idle. */
  rates: table(number),
} as const;
const MAY_CHANGE = {
  /** Warnings of agents, by system, where they changed. */
  warnings: table(list(text)),
  /** Of what something has changed that is not stated here. */
  touched: object({
    /** Ids of runs of which a step has changed. */
    runs: list(text),
    /** Systems of which a step, or what they hold, has changed. */
    systems: list(text),
  }),
  /** Ids of the recoveries of which something was recorded. */
  recoveries: list(text),
  /** Whether the site data can be used, when that changed. */
  siteData: SITE_DATA,
  /** The source that is being indexed; absent: none is. */
  indexing: object({ run: text, unit: text, files: count, bytes: count }),
} as const;

/** Of the whole hierarchy. */
const CHANGE = object(CHANGED, MAY_CHANGE);
export type Change = Of<typeof CHANGE>;
/** Of one run. */
const RUN_CHANGE = object({ ...CHANGED, /** The latest state of each. */ phases: list(PHASE) }, MAY_CHANGE);
export type RunChange = Of<typeof RUN_CHANGE>;

/** Of the live view of a run. */
export const RUN_EVENTS = { snapshot: RUN_VIEW, change: RUN_CHANGE } as const;
/** Of the live view of everything. */
export const OVERVIEW_EVENTS = { snapshot: OVERVIEW, change: CHANGE } as const;

const QUERY = { type: "object", properties: { run: { type: "string", maxLength: 200 } } } as const;

/** Without a run: the whole hierarchy. */
export const EVENT_ROUTES = { follow: { querystring: QUERY, response: answersWith("text/event-stream") } } as const;
