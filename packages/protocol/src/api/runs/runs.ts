import { RUN_KINDS, type RunKind } from "../../runs/run-kinds.ts";
import { RUN_STATES } from "../../runs/run-states.ts";
import { ROLES } from "../../unit-kinds.ts";
import { accepts, answers } from "../errors.ts";
import { PHASE } from "./phases.ts";
import { PROBLEM } from "../problems.ts";
import { count, flag, list, object, oneOf, text, time, yes, type Of } from "../schema.ts";
import { ROLE } from "./units.ts";

export const RUN_KIND = oneOf(Object.keys(RUN_KINDS) as RunKind[]);
/** At most 10,000 names in a request. */
const NAMES = { type: "array", maxItems: 10_000, items: { type: "string", maxLength: 255 } } as const;

/** What an operator may ask for; an absent field takes its value from `DEFAULT_OPTIONS`. */
export const ASKED_OPTIONS = object(
  {},
  {
    sites: NAMES,
    systems: NAMES,
    roles: { type: "array", maxItems: ROLES.length, items: ROLE },
    /** Package ids; if the other lists are empty, only units of these packages. */
    packages: NAMES,
    /** Confirms that everything is meant: without it, undo and remove need a filter. */
    all: flag,
    /** Trust no byte on the agent; for verify and repair: hash every byte. */
    full: flag,
    /** Read every byte of the sources, even where a hash is stored. */
    rehash: flag,
    /** Roll out an older version than a system holds, or other content under the same version. */
    acceptOlder: flag,
    /** Id of the open recovery that orders it: the quarantine of its site lets it through. */
    recovery: { type: "string", maxLength: 40 },
    /** Systems of a role at a site that may be activating at once. */
    maxUnavailable: { type: "integer", minimum: 1 },
    /** How long an activated unit keeps its previous generation, ms. */
    graceMs: { type: "integer", minimum: 0, maximum: 2 ** 32 - 1 },
  },
);

const START_RUN = object({ kind: RUN_KIND }, { options: ASKED_OPTIONS });

const RUN_OPTIONS = object(
  {
    /** Empty lists select everything. */
    sites: list(text),
    systems: list(text),
    roles: list(ROLE),
    packages: list(text),
    full: flag,
    rehash: flag,
    maxUnavailable: count,
    /** ms. */
    graceMs: count,
  },
  {
    all: flag,
    /** Absent in runs of earlier coordinators. */
    acceptOlder: flag,
    recovery: text,
  },
);
export type RunOptions = Of<typeof RUN_OPTIONS>;

/** What an operator asked for with one request. */
export const RUN = object(
  {
    id: text,
    kind: RUN_KIND,
    state: oneOf(RUN_STATES),
    options: RUN_OPTIONS,
    createdAt: time,
    /** Units left out, and other findings in the site data. */
    problems: list(PROBLEM),
  },
  {
    /** It is being prepared to retry what failed. */
    retrying: yes,
    endedAt: time,
    /** Set with the state `failed` when nothing could be started. */
    error: object({ code: text, message: text }),
  },
);
export type Run = Of<typeof RUN>;

/** A run in numbers. `files` and `sourceBytes` are fixed by the plan; the other bytes only rise towards them. */
export const RUN_TOTALS = object({
  phases: count,
  done: count,
  failed: count,
  /** Of the failed ones: verifications that reported differences. */
  different: count,
  cancelled: count,
  skipped: count,
  /** There was nothing to do for them. */
  unneeded: count,
  waiting: count,
  /** Released or running. */
  running: count,
  /** Pairs of a system and a unit. */
  units: count,
  files: count,
  sourceBytes: count,
  /** Found right on the systems; for a verification alone: bytes read. */
  reusedBytes: count,
  /** New to the systems, uncompressed. */
  fetchedBytes: count,
  /** Of those: fetched from neighbours. */
  peerBytes: count,
  /** Fetched more than once. */
  retriedBytes: count,
  /** Sent over all attempts, as they crossed the wire. */
  wireBytes: count,
  /** Systems that could not be reached, or that the run waits for. */
  unreachable: list(text),
});

/** A run with its phases: a snapshot; events after `sequence` keep it current. */
export const RUN_VIEW = object({
  run: RUN,
  /** In the order of the plan. */
  phases: list(PHASE),
  totals: RUN_TOTALS,
  sequence: count,
});
export type RunView = Of<typeof RUN_VIEW>;

export const BY_ID = { type: "object", required: ["id"], properties: { id: text } } as const;
const LIMITED = { type: "object", properties: { limit: { type: "string", pattern: "^[1-9][0-9]{0,3}$" } } } as const;

export const RUN_ROUTES = {
  start: { body: START_RUN, response: accepts(RUN) },
  /** Newest first. */
  list: { querystring: LIMITED, response: answers(list(RUN)) },
  show: { params: BY_ID, response: answers(RUN_VIEW) },
  /** Pause, resume, cancel, retry. */
  steer: { params: BY_ID, response: answers(RUN) },
} as const;
