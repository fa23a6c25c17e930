import { CONDITIONS } from "../../runs/conditions.ts";
import { ROW_STATES } from "../../runs/row-states.ts";
import { answers, ERROR_CODE } from "../errors.ts";
import { count, flag, list, object, oneOf, text, type Of } from "../schema.ts";
import { PHASE, VERIFIED, WINDOW_WAIT } from "./phases.ts";
import { BY_ID, RUN, RUN_TOTALS } from "./runs.ts";
import { UNIT } from "./units.ts";

/** Units on systems that have something in common. */
const PLACE = {
  /** Pairs of a system and a unit. */
  places: count,
  /** Different units. */
  units: count,
  /** Some of their systems, in the order of their names. */
  systems: list(text),
  systemCount: count,
} as const;

/** Failures of one code, or of one code and reason where there are few. */
const FAILURE_GROUP = object(
  {
    ...PLACE,
    code: ERROR_CODE,
    /** The first. */ reason: text,
    /** Different ones. */ reasons: count,
    /** That wait for it. */ clients: count,
  },
  { /** Key of the only unit. */ unit: text },
);
export type FailureGroup = Of<typeof FAILURE_GROUP>;

/** What a verification found wrong. `repairing`: a repair of it runs or waits. `left-wrong`: a repair did not succeed. */
const DIFFERENCE = object({ system: text, unit: UNIT, report: VERIFIED, fate: oneOf(["wrong", "repairing", "repaired", "left-wrong"]) });
export type DifferenceView = Of<typeof DIFFERENCE>;

/** Steps that the same thing keeps back. */
const HOLD = object(
  {
    kind: oneOf(["quarantine", "undecided", "stalled", "in-use", "line-closed", "line-paused"]),
    /** The system without progress, the site in quarantine or with definitions, or the address. */
    about: text,
    steps: count,
    /** Some of the systems, in the order of their names. */
    systems: list(text),
    systemCount: count,
  },
  {
    /** One of the steps; absent where it would tell nothing more. */
    first: PHASE,
    /** When the line opens for the first of them. */
    window: WINDOW_WAIT,
  },
);
export type HoldView = Of<typeof HOLD>;

const GROUP_FIELDS = {
  /** Name of the system, or key of the address; empty: the coordinator's own network. */
  key: text,
  totals: RUN_TOTALS,
  /** Bytes of the source that are right by now. */
  settledBytes: count,
  /** Bytes of the source that the present rate of the line carries: without what waits for an agent, an address or a decision. */
  leftBytes: count,
} as const;

export const RUN_GROUP = object(GROUP_FIELDS, {
  /** Of a system: what it works on, or else waits for. */
  now: PHASE,
});
export type RunGroup = Of<typeof RUN_GROUP>;

/** A run without its phases: it does not grow with their number. */
export const RUN_SUMMARY = object(
  {
    run: RUN,
    totals: RUN_TOTALS,
    /** Units on systems, by how far they are. */
    rows: object({ all: count, working: count, waiting: count, failed: count, done: count }),
    /** Of those that have not ended: how many are in each condition. */
    conditions: object(
      Object.fromEntries(CONDITIONS.map((condition) => [condition, count])) as Record<(typeof CONDITIONS)[number], typeof count>,
    ),
    systemCount: count,
    /** The hundred with most to do, most first. */
    lines: list(RUN_GROUP),
    lineCount: count,
    failures: list(FAILURE_GROUP),
    /** What verifications found wrong and is not being repaired. */
    wrong: object(PLACE),
    /** What verifications found wrong, whatever its fate: the first of it. */
    differences: list(DIFFERENCE),
    differenceCount: count,
    holds: list(HOLD),
    /** Units of which a step failed, among those that the problems of the run name. */
    failedUnits: list(text),
    /** Something of it was activated or undone. */
    changedSystems: flag,
    sequence: count,
  },
  {},
);
export type RunSummary = Of<typeof RUN_SUMMARY>;

/** The runs that are open and the last ones that ended, each without failures of units that a newer one was about; without dry runs. */
const RECENT_RUNS = object({
  /** Newest first. */
  runs: list(RUN_SUMMARY),
  /** Steps that wait for systems whose agents are away: that were connected before, and that never were. */
  waiting: object({ away: count, unjoined: count }),
  sequence: count,
});
export type RecentRuns = Of<typeof RECENT_RUNS>;

/** One unit on one system with its phases, in the order of the plan. */
const ROW = object({
  system: text,
  unit: UNIT,
  state: oneOf(ROW_STATES),
  phases: list(PHASE),
  /** Id of the phase that determines its state. */
  current: text,
});
export type RunRow = Of<typeof ROW>;

const PAGE = {
  /** On all pages. */
  found: count,
} as const;
const NEXT = {
  /** Cursor of the next page, sent as `after`; absent: this is the last one. */
  next: text,
} as const;

const ROW_PAGE = object({ rows: list(ROW), ...PAGE, sequence: count }, NEXT);
export type RowPage = Of<typeof ROW_PAGE>;
const GROUP_PAGE = object({ groups: list(RUN_GROUP), ...PAGE, sequence: count }, NEXT);
export type GroupPage = Of<typeof GROUP_PAGE>;

/** Rows of a page where no limit is given. */
export const RUN_PAGE_ROWS = 100;

export const PAGED = {
  /** Of a page: at most 1,000, and `RUN_PAGE_ROWS` where none is given. */
  limit: { type: "string", pattern: "^([1-9][0-9]{0,2}|1000)$" },
  /** `next` of the page before. */
  after: { type: "string", pattern: "^[0-9]{1,9}$" },
  /** Part of a name. */
  text: { type: "string", maxLength: 200 },
} as const;

const ROW_QUERY = object(
  {},
  {
    ...PAGED,
    state: oneOf(ROW_STATES),
    condition: oneOf(CONDITIONS),
    system: { type: "string", maxLength: 255 },
    /** Unit key. */
    unit: { type: "string", maxLength: 300 },
  },
);

export const RUN_PAGE_ROUTES = {
  recent: { response: answers(RECENT_RUNS) },
  summary: { params: BY_ID, response: answers(RUN_SUMMARY) },
  units: { params: BY_ID, querystring: ROW_QUERY, response: answers(ROW_PAGE) },
  systems: { params: BY_ID, querystring: object({}, PAGED), response: answers(GROUP_PAGE) },
  lines: { params: BY_ID, querystring: object({}, PAGED), response: answers(GROUP_PAGE) },
} as const;
