import { answers } from "../errors.ts";
import { count, list, name, number, object, table, text, time, type Of } from "../schema.ts";

/** The numbers by which a site identifies its definitions. */
export const SITE_NUMBERS = object(
  {
    /** Raised by each recovery. */
    epoch: count,
    /** By counter. */
    serials: table(count),
  },
  {
    /** UUID, new when the site is installed again; absent: not stated. */
    identity: text,
  },
);

/** A site with its stated numbers, what was observed of it, and why it cannot be trusted. */
const SITE_STATE = object(
  {
    code: text,
    name: text,
    stated: SITE_NUMBERS,
    /** Why it has to be recovered; empty: no reason is known. */
    signs: list(text),
    /** What is missing so much of that its data cannot be believed; empty: nothing is. While there is something, nothing is said of its numbers. */
    shrunk: list(text),
  },
  {
    /** What the ledger records of it; absent: nothing. */
    witnessed: object({ epoch: count, serials: table(count), at: time }, { identity: text }),
    /** Why no site may become its child after its last recovery, until it is accepted as it is or another one ends; absent: nothing forbids it. */
    unsettled: text,
  },
);
export type SiteState = Of<typeof SITE_STATE>;

const TESTIMONY = object({ witness: text, number });

/** Where the counters of a site should continue, and why. */
const SERIAL_PLAN = object({
  site: text,
  signs: list(text),
  epoch: count,
  proposals: list(
    object({
      counter: text,
      stated: count,
      number: count,
      reasons: list(text),
      /** Implausibly high values: while there is one, nothing is applied. */
      implausible: list(TESTIMONY),
      /** What each witness has seen, also those that were set aside. */
      seen: list(TESTIMONY),
    }),
  ),
});
export type SerialPlan = Of<typeof SERIAL_PLAN>;

const BY_CODE = { type: "object", required: ["code"], properties: { code: text } } as const;
const SET_ASIDE = object({ setAside: { type: "array", maxItems: 100, items: name } });
const REASON = object({ reason: { type: "string", minLength: 1, maxLength: 500 } });

export const SITE_ROUTES = {
  list: { response: answers(list(SITE_STATE)) },
  plan: { params: BY_CODE, body: SET_ASIDE, response: answers(SERIAL_PLAN) },
  raise: { params: BY_CODE, body: SET_ASIDE, response: answers(SERIAL_PLAN) },
  undo: { params: BY_CODE, response: answers(SITE_STATE) },
  accept: { params: BY_CODE, body: REASON, response: answers(SITE_STATE) },
} as const;
