import { WINDOWS } from "../addresses/hours.ts";
import { answers, ERROR_CODE } from "./errors.ts";
import { PROBLEM } from "./problems.ts";
import { RUN } from "./runs.ts";
import { SITE_NUMBERS } from "./sites.ts";
import { count, flag, list, number, object, oneOf, text, time, type Of } from "./schema.ts";
import { HELD, PACKAGE, ROLE } from "./units.ts";

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
    /** Clients that it has; absent: not stated. */
    clients: count,
    /** By which its definitions are told apart; absent: it states none. */
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
    /** All that is described, and of what is not the first hundred. */
    held: list(HELD),
    /** Unit keys. */
    assigned: list(text),
  },
  {
    /** Connected since. */
    since: time,
    platform: text,
    version: text,
    /** Absent: never. */
    lastSeen: time,
    /** Units that the agent holds beyond those, which nobody describes; absent: none. */
    heldBeyond: count,
    /** What keeps its agent from its work, or makes it worse; absent: nothing. */
    warnings: list(text),
  },
);
export type SystemView = Of<typeof SYSTEM>;

const ADDRESS = object(
  {
    key: text,
    window: oneOf(WINDOWS),
    /** An operator holds everything back. */
    paused: flag,
    concurrency: count,
    timeZone: text,
    /** Stagings that cross it now. */
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
    /** The first file that it is about. */
    path: text,
  },
);
export type SiteDataFault = Of<typeof SITE_DATA_FAULT>;

/** Whether the site data can be used, and what is wrong in them. */
export const SITE_DATA = object(
  {
    /** Of what is in force. */
    problemCounts: object({ leftOut: count, notes: count }),
  },
  {
    /** Why they cannot be used as they lie there now; absent: they can. */
    fault: SITE_DATA_FAULT,
    /** When what is in force was read; absent: nothing is, and nothing can be done before the fault is mended. */
    readAt: time,
  },
);

/** The hierarchy as it stands, in one answer. */
export const OVERVIEW = object({
  coordinator: object({ id: text, version: text, startedAt: time }),
  sites: list(SITE),
  systems: list(SYSTEM),
  addresses: list(ADDRESS),
  /** What the site data show now, and what systems hold without being described there: what needs mending first, 200 at most. */
  problems: list(PROBLEM),
  /** The last ten, newest first. */
  runs: list(RUN),
  /** Without a reading in force, there are no sites and systems to tell of. */
  siteData: SITE_DATA,
  /** Of the last event that is surely part of this answer. */
  sequence: count,
});
export type Overview = Of<typeof OVERVIEW>;

export const OVERVIEW_ROUTES = {
  show: { response: answers(OVERVIEW) },
  /** Those that some system serves. */
  packages: { response: answers(list(PACKAGE)) },
} as const;
