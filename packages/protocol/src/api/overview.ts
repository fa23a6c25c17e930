import { SYSTEM_STATES } from "../runs/system-states.ts";
import { WINDOWS } from "../addresses/hours.ts";
import { answers, ERROR_CODE } from "./errors.ts";
import { PROBLEM } from "./problems.ts";
import { PHASE } from "./runs/phases.ts";
import { PAGED, RUN_GROUP } from "./runs/run-pages.ts";
import { RUN, RUN_KIND } from "./runs/runs.ts";
import { SITE_NUMBERS } from "./recovery/sites.ts";
import { count, flag, list, number, object, oneOf, text, time, type Of } from "./schema.ts";
import { HELD, PACKAGE, ROLE } from "./runs/units.ts";

const SITE = object(
  {
    code: text,
    name: text,
    type: oneOf(["primary", "secondary"]),
    server: text,
    /** IANA name. */
    timeZone: text,
    /** Whether it keeps the common folders of its logon domain. */
    logonSenior: flag,
  },
  {
    parent: text,
    /** Number of its clients; absent: not stated. */
    clients: count,
    /** The numbers that identify its definitions; absent: it states none. */
    numbers: SITE_NUMBERS,
  },
);

const SYSTEM_FIELDS = {
  name: text,
  site: text,
  roles: list(ROLE),
  connected: flag,
} as const;
const AGENT_FIELDS = {
  /** Connected since. */
  since: time,
  platform: text,
  version: text,
  /** What clients may notice when it activates; absent: nothing. */
  switching: text,
  /** Absent: never. */
  lastSeen: time,
  /** Conditions that keep its agent from its work or impair it; absent: none. */
  warnings: list(text),
} as const;

const SYSTEM = object(
  { ...SYSTEM_FIELDS, /** Units that are assigned to it. */ units: count, /** Of those: that it serves. */ live: count },
  AGENT_FIELDS,
);
export type SystemView = Of<typeof SYSTEM>;

const ADDRESS = object(
  {
    key: text,
    window: oneOf(WINDOWS),
    /** An operator paused it. */
    paused: flag,
    concurrency: count,
    timeZone: text,
    /** Stagings that use it now. */
    underWay: count,
  },
  {
    /** bit/s; absent: not stated. */
    bandwidth: number,
    /** In force now, bit/s; absent: unlimited. */
    budget: number,
  },
);
export type AddressView = Of<typeof ADDRESS>;

const SITE_DATA_FAULT = object(
  {
    code: ERROR_CODE,
    /** One line for each fault. */
    message: text,
    /** First seen. */
    since: time,
  },
  {
    /** The first file with the fault. */
    path: text,
  },
);
export type SiteDataFault = Of<typeof SITE_DATA_FAULT>;

/** Whether the site data can be used, and their faults. */
export const SITE_DATA = object(
  {
    /** About the reading in force. */
    problemCounts: object({ leftOut: count, notes: count }),
  },
  {
    /** Why the site data cannot be used in their present state; absent: they can. */
    fault: SITE_DATA_FAULT,
    /** When the reading in force was made; absent: there is none, and nothing can be done until the fault is mended. */
    readAt: time,
  },
);

/** The current hierarchy, in one answer. */
export const OVERVIEW = object({
  coordinator: object({ id: text, version: text, startedAt: time }),
  sites: list(SITE),
  systems: list(SYSTEM),
  addresses: list(ADDRESS),
  /** Findings in the site data, and units that systems hold without being described: most urgent first, 200 at most. */
  problems: list(PROBLEM),
  /** The last ten, newest first. */
  runs: list(RUN),
  /** Without a reading in force, there are no sites and systems to list. */
  siteData: SITE_DATA,
  /** Sequence of the last event that this answer surely includes. */
  sequence: count,
});
export type Overview = Of<typeof OVERVIEW>;

/** Which systems are listed. `attention`: what failed, and whose agent is away. */
export const SYSTEM_FILTERS = ["attention", "working", "rebuilt", "other"] as const;
export type SystemFilter = (typeof SYSTEM_FILTERS)[number];

/** A system with its state, and its work in the newest run that was about it. */
const SYSTEM_CARD = object(
  { ...SYSTEM_FIELDS, state: oneOf(SYSTEM_STATES), units: count, live: count },
  { lastSeen: time, work: RUN_GROUP, /** Its own line. */ address: ADDRESS },
);
export type SystemCard = Of<typeof SYSTEM_CARD>;

/** A page of sites with their systems; sites where something needs attention come first. */
const SITE_PAGE = object(
  {
    sites: list(
      object(
        { site: SITE, /** The first of them, those that need attention first. */ systems: list(SYSTEM_CARD), systemCount: count },
        { /** Absent: on the coordinator's own network. */ address: ADDRESS },
      ),
    ),
    /** Sites on all pages. */
    found: count,
    /** Systems with the text that was asked for, by filter. */
    counts: object({ all: count, attention: count, working: count, rebuilt: count, other: count }),
    sequence: count,
  },
  { next: text },
);
export type SitePage = Of<typeof SITE_PAGE>;

/** Sites of a page where no limit is given. */
export const SITE_PAGE_ROWS = 30;

const SITE_QUERY = object({}, { ...PAGED, limit: { type: "string", pattern: "^([1-9][0-9]?|100)$" }, state: oneOf(SYSTEM_FILTERS) });

/** A system with what it holds, and what the last runs did about each of its units. */
const SYSTEM_DETAILS = object(
  {
    ...SYSTEM_FIELDS,
    state: oneOf(SYSTEM_STATES),
    /** Everything that is described, and the first hundred of what is not. */
    held: list(HELD),
    /** Unit keys. */
    assigned: list(text),
    /** By unit, the phase that tells how the newest run about it went. */
    latest: list(object({ unit: text, run: object({ id: text, kind: RUN_KIND, createdAt: time }), phase: PHASE })),
    sequence: count,
  },
  {
    ...AGENT_FIELDS,
    /** Units that the agent holds and the site data do not describe; absent: none. */
    heldBeyond: count,
  },
);
export type SystemDetails = Of<typeof SYSTEM_DETAILS>;

/** Codes and names with commas between them. */
const PACKAGE_QUERY = object({}, { sites: { type: "string", maxLength: 10_000 }, systems: { type: "string", maxLength: 10_000 } });

const BY_SYSTEM = { type: "object", required: ["system"], properties: { system: text } } as const;

export const OVERVIEW_ROUTES = {
  show: { response: answers(OVERVIEW) },
  sites: { querystring: SITE_QUERY, response: answers(SITE_PAGE) },
  system: { params: BY_SYSTEM, response: answers(SYSTEM_DETAILS) },
  /** Those that at least one system serves: of the sites and systems that are named, or of all. */
  packages: { querystring: PACKAGE_QUERY, response: answers(list(PACKAGE)) },
} as const;
