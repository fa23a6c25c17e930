import { answers } from "../errors.ts";
import { ROLE } from "../runs/units.ts";
import { list, name, object, oneOf, text, time, type Of } from "../schema.ts";

/** A site, or a role of a system. */
const ASKED = { site: name, system: name, role: ROLE } as const;
const TARGET = object({}, ASKED);
/** The open recovery that orders a deletion, by its id or its site. */
const ORDERED = { recovery: name } as const;
export type DeletionTarget = Of<typeof TARGET>;

/** A site or a role that is out of force, whatever the hierarchy names. */
const DELETION = object({ at: time, by: text, reason: text }, ASKED);
export type Deletion = Of<typeof DELETION>;

const UNDONE = object(
  {
    at: time,
    by: text,
    reason: text,
    /** Files that were edited since the deletion, or could not be written: they still lack the names that it took out. */
    left: list(text),
  },
  ASKED,
);
export type UndoneDeletion = Of<typeof UNDONE>;

/** When each step is done: by hand before the deletion, by Sitewright with it, by hand after it. */
export const DELETION_STEP_TIMES = ["before", "sitewright", "after"] as const;

/** What a deletion would do, or did, in the order of the work. */
const DELETION_PLAN = object({
  /** Why it is refused; empty: nothing forbids it. */
  blocks: list(object({ code: text, message: text })),
  /** What a person should know before. */
  warnings: list(text),
  steps: list(object({ by: oneOf(DELETION_STEP_TIMES), what: text, details: list(text) })),
});
export type DeletionPlan = Of<typeof DELETION_PLAN>;

const DELETE = object(
  {
    /** The code of the site, or the name of the system, as a person typed it. */
    confirm: name,
    reason: { type: "string", minLength: 1, maxLength: 500 },
  },
  { ...ASKED, ...ORDERED },
);
export type ConfirmedDeletion = Of<typeof DELETE>;

export const DELETION_ROUTES = {
  /** In the order in which they were deleted. */
  list: { response: answers(list(DELETION)) },
  plan: { querystring: object({}, { ...ASKED, ...ORDERED }), response: answers(DELETION_PLAN) },
  delete: { body: DELETE, response: answers(DELETION_PLAN) },
  undo: { body: TARGET, response: answers(UNDONE) },
} as const;
