import { answers } from "../errors.ts";
import { WINDOW_WAIT } from "./phases.ts";
import { BY_ID, RUN } from "./runs.ts";
import { count, flag, list, number, object, oneOf, text, time, type Of } from "../schema.ts";

/** Why the time when the last of it is served cannot be forecast. */
export const OPEN_REASON = oneOf([
  "site-quarantined",
  "agent-away",
  "address-paused",
  "never-opens",
  "too-long",
  "no-rate",
  "not-verified",
]);

const COURSE_REQUIRED = {
  /** Still to be sent, bytes of content and manifests. */
  wireBytes: count,
  /** Share served, from 0 to 1, by time (ms since 1970): a step function. Until the forecast was made it is as it was since the run began, then as expected. */
  curve: list({ type: "array", items: [time, number], minItems: 2, maxItems: 2, additionalItems: false }),
} as const;
const COURSE_OPTIONAL = {
  /** When the last of it is served; absent: cannot be forecast. */
  endsAt: time,
  /** The reason; of several, the one that lasts longest. */
  open: OPEN_REASON,
  /** When 90 % of what clients need is served. */
  ninetyAt: time,
} as const;

/** How service is restored. */
const COURSE = object(COURSE_REQUIRED, COURSE_OPTIONAL);
export type Course = Of<typeof COURSE>;
export type OpenReason = Of<typeof OPEN_REASON>;

const ADDRESS_FORECAST = object(COURSE_REQUIRED, {
  ...COURSE_OPTIONAL,
  /** Absent: the coordinator's own network. */
  address: text,
  /** IANA name of the time zone of its hours. */
  timeZone: text,
  /** The first window that its work has to wait for. */
  waits: WINDOW_WAIT,
  /** Measured rate, bit/s, where the forecast uses it. */
  measured: number,
});
export type AddressForecast = Of<typeof ADDRESS_FORECAST>;

/** When a run completes, and how service is restored until then. */
export const FORECAST = object({
  madeAt: time,
  /** Of the lines that can be timed: a line without a known rate is left out, unless all are without one. */
  total: COURSE,
  /** By line, in the order of their keys, the coordinator's own network first. */
  addresses: list(ADDRESS_FORECAST),
  /** Systems whose agents are away: their units are not timed. */
  away: list(text),
});
export type Forecast = Of<typeof FORECAST>;

/** The forecast made when a run began, and the current one; or how it went. */
const RUN_FORECAST = object(
  {},
  {
    first: FORECAST,
    /** Absent once the run has ended. */
    present: FORECAST,
    /** Once the run has ended: how service was restored. An `endsAt` is absent where some of it was not. */
    actual: FORECAST,
  },
);
export type RunForecast = Of<typeof RUN_FORECAST>;

/** What a rebuild of one unit on one system would take. */
const PLAN_ROW = object(
  {
    system: text,
    /** Unit key. */
    unit: text,
    /** False: the agent is not connected, and what it holds is unknown. */
    reachable: flag,
    files: count,
    sourceBytes: count,
    /** Already right on the system. */
    presentBytes: count,
    /** Estimated bytes that cross the wire. */
    wireBytes: number,
  },
  {
    /** Absent: the coordinator's own network. */
    address: text,
    /** When it would be served if the rebuild began now; absent: cannot be forecast. */
    servedAt: time,
    error: object({ code: text, message: text }),
  },
);
export type PlanRow = Of<typeof PLAN_ROW>;

/** A plan in numbers: of all its rows, on whatever page. */
const PLAN_TOTALS = object({
  units: count,
  files: count,
  sourceBytes: count,
  presentBytes: count,
  wireBytes: number,
  /** Systems whose agents are not connected. */
  unreachable: list(text),
});
export type PlanTotals = Of<typeof PLAN_TOTALS>;

/** A page of what a rebuild would take; rows by system. */
const PLAN = object(
  {
    run: RUN,
    rows: list(PLAN_ROW),
    totals: PLAN_TOTALS,
    /** Rows with the text that was asked for, on all pages. */
    found: count,
  },
  {
    /** As if the rebuild began now, after what is queued; absent: nothing was planned, or it is a later page. */
    forecast: FORECAST,
    /** Cursor of the next page, sent as `after`; absent: this is the last one. */
    next: text,
  },
);
export type Plan = Of<typeof PLAN>;

/** Rows of a page where no limit is given. */
export const PLAN_PAGE_ROWS = 1_000;

const PLAN_QUERY = object(
  {},
  {
    /** Rows of a page: `PLAN_PAGE_ROWS` where none is given. */
    limit: { type: "string", pattern: "^[1-9][0-9]{0,3}$" },
    /** `next` of the page before. */
    after: { type: "string", pattern: "^[0-9]{1,9}$" },
    /** Part of the name of a unit or a system. */
    text: { type: "string", maxLength: 200 },
  },
);

export const FORECAST_ROUTES = {
  ofRun: { params: BY_ID, response: answers(RUN_FORECAST) },
  plan: { params: BY_ID, querystring: PLAN_QUERY, response: answers(PLAN) },
} as const;
