import { WINDOWS } from "../addresses/hours.ts";
import { answers, ERROR_CODE } from "./errors.ts";
import { PROBLEM } from "./problems.ts";
import { RUN } from "./runs/runs.ts";
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
export type Site = Of<typeof SITE>;

const SYSTEM = object(
  {
    name: text,
    site: text,
    roles: list(ROLE),
    connected: flag,
    /** Everything that is described, and the first hundred of what is not. */
    held: list(HELD),
    /** Unit keys. */
    assigned: list(text),
  },
  {
    /** Connected since. */
    since: time,
    platform: text,
    version: text,
    /** What clients may notice when it activates; absent: nothing. */
    switching: text,
    /** Absent: never. */
    lastSeen: time,
    /** Units that the agent holds and the site data do not describe; absent: none. */
    heldBeyond: count,
    /** Conditions that keep its agent from its work or impair it; absent: none. */
    warnings: list(text),
  },
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

export const OVERVIEW_ROUTES = {
  show: { response: answers(OVERVIEW) },
  /** Those that at least one system serves. */
  packages: { response: answers(list(PACKAGE)) },
} as const;
