import { answers } from "./errors.ts";
import { WINDOW_WAIT } from "./phases.ts";
import { BY_ID, RUN } from "./runs.ts";
import { count, flag, list, number, object, oneOf, text, time, type Of } from "./schema.ts";

/** Why nobody can say when the last of it is served. */
const OPEN_REASON = oneOf(["agent-away", "address-paused", "never-opens", "too-long", "no-rate", "not-verified"]);

const COURSE_REQUIRED = {
  /** Still to be sent, bytes of content and manifests. */
  wireBytes: count,
  /** Share served, from 0 to 1, by time (ms since 1970): it steps up at each point, and begins with what is served now. */
  curve: list({ type: "array", items: [time, number], minItems: 2, maxItems: 2, additionalItems: false }),
} as const;
const COURSE_OPTIONAL = {
  /** When the last of it is served; absent: nobody can say. */
  endsAt: time,
  /** Why not; the most stubborn of the reasons. */
  open: OPEN_REASON,
  /** When 90 % of what clients need is served. */
  ninetyAt: time,
} as const;

/** How service comes back. */
const COURSE = object(COURSE_REQUIRED, COURSE_OPTIONAL);
export type Course = Of<typeof COURSE>;
export type OpenReason = Of<typeof OPEN_REASON>;

const ADDRESS_FORECAST = object(COURSE_REQUIRED, {
  ...COURSE_OPTIONAL,
  /** Absent: the coordinator's own network. */
  address: text,
  /** IANA name, of its hours. */
  timeZone: text,
  /** The first window that its work has to wait for. */
  waits: WINDOW_WAIT,
  /** What it was seen to carry, bit/s, where the forecast goes by that. */
  measured: number,
});
export type AddressForecast = Of<typeof ADDRESS_FORECAST>;

/** When a run is through, and how service comes back meanwhile. */
export const FORECAST = object({
  madeAt: time,
  /** Of what can be timed: lines of which no rate is known are left out, unless there are no others. */
  total: COURSE,
  /** By line, in the order of their keys, the coordinator's own network first. */
  addresses: list(ADDRESS_FORECAST),
  /** Systems whose agents are away: their units are not timed. */
  away: list(text),
});
export type Forecast = Of<typeof FORECAST>;

/** What was expected of a run when it began, and what is expected now. */
const RUN_FORECAST = object(
  {},
  {
    first: FORECAST,
    /** Absent once the run has ended. */
    present: FORECAST,
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
    /** When it would be served if the rebuild began now; absent: nobody can say. */
    servedAt: time,
    error: object({ code: text, message: text }),
  },
);
export type PlanRow = Of<typeof PLAN_ROW>;

/** What a rebuild would take; rows by system. */
const PLAN = object(
  { run: RUN, rows: list(PLAN_ROW) },
  {
    /** As if the rebuild began now, on top of what is queued; absent: nothing was planned. */
    forecast: FORECAST,
  },
);
export type Plan = Of<typeof PLAN>;

export const FORECAST_ROUTES = {
  ofRun: { params: BY_ID, response: answers(RUN_FORECAST) },
  plan: { params: BY_ID, response: answers(PLAN) },
} as const;
