import { answers } from "../errors.ts";
import { OPEN_REASON } from "../runs/forecasts.ts";
import { WINDOW_WAIT } from "../runs/phases.ts";
import { count, list, name, number, object, oneOf, text, time, type Of } from "../schema.ts";

const OPTIONAL_END = {
  /** When the last of it is served; absent: cannot be forecast. */
  endsAt: time,
  /** Why not. */
  open: OPEN_REASON,
} as const;

const SITE_REHEARSAL = object(
  {
    site: text,
    /** Bytes of content and manifests. */
    wireBytes: count,
    /** What of it crosses each line; keys of addresses, or `own-network`. */
    lines: list(object({ line: text, bytes: count })),
    /** How long all of its work waited for closed windows, ms. */
    waitedMs: number,
    /** The line of its own that is through last. */
    lastLine: text,
  },
  {
    /** When its first order begins; absent: none does. */
    startsAt: time,
    ...OPTIONAL_END,
    /** The first window that it waits for. */
    waits: WINDOW_WAIT,
  },
);
export type SiteRehearsal = Of<typeof SITE_REHEARSAL>;

/** When service is back. For the end, sites whose lines have no known rate count only if there are no others. */
const REHEARSAL = object({ wireBytes: count, sites: list(SITE_REHEARSAL) }, OPTIONAL_END);
export type Rehearsal = Of<typeof REHEARSAL>;

/** The same rebuild with one thing changed. */
const ALTERNATIVE = object(
  {
    kind: oneOf(["second-line", "neighbours", "reserve-dp"]),
    /** The line that there are two of, or the systems that bring content to their neighbours. */
    names: list(text),
    rehearsal: REHEARSAL,
  },
  {
    /** The end comes sooner by this, ms; absent: one of the two has no end. */
    savedMs: number,
  },
);
export type DrillAlternative = Of<typeof ALTERNATIVE>;

/** What a recovery would take, told on a virtual clock. */
const DRILL_REPORT = object(
  {
    /** When the rebuild begins. */
    start: time,
    /** IANA name; in whose hours that was asked for. */
    timeZone: text,
    /** Systems that are rebuilt, from nothing. */
    lost: list(text),
    rehearsal: REHEARSAL,
    alternatives: list(ALTERNATIVE),
    /** Units that are not counted, as no run has indexed them yet: keys. */
    unknown: list(text),
    /** When the oldest of the sizes was found. */
    sizesOf: time,
  },
  {
    /** What the end depends on: a line, or that its window is closed more than half of the time; absent: neither. */
    bottleneck: object({ kind: oneOf(["line", "window"]), line: text }),
  },
);
export type DrillReport = Of<typeof DRILL_REPORT>;

const NAMES = { type: "array", maxItems: 1000, items: name } as const;

/** What a drill assumes. */
const DRILL_REQUEST = object({
  /** Names of site systems; a site server or a site code means its whole site and every site below. */
  lose: { ...NAMES, minItems: 1 },
  /** Time of the week by the clocks of what is named first, such as `Fri 17:00`. */
  at: name,
  /** By line (`own-network` for the coordinator's own): what it carries, such as `512 kbit/s`. */
  links: { type: "object", maxProperties: 1000, additionalProperties: name },
  /** Systems that are assumed to hold what their neighbours lost. */
  reserve: NAMES,
});
export type DrillRequest = Of<typeof DRILL_REQUEST>;

export const DRILL_ROUTES = {
  rehearse: { body: DRILL_REQUEST, response: answers(DRILL_REPORT) },
} as const;
