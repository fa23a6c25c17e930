import { answers } from "../errors.ts";
import { count, flag, list, name, object, oneOf, text, yes, type Of } from "../schema.ts";

/**
 * `made`: the site data lack it; `changed`: they have an earlier version of it; `revived`: it was deleted, and they have it again;
 * `reissued`: it was lost, and something is described under its id; `conflict`: one number was given to different contents.
 */
export const OBJECT_FINDINGS = ["made", "changed", "revived", "reissued", "conflict"] as const;

/** `bring-back`: what a system holds becomes that of the site data; `recreate`: it does under a new id; `keep`: what the site data have is right. */
export const OBJECT_DECISIONS = ["bring-back", "recreate", "remove", "keep"] as const;
export type ObjectDecision = (typeof OBJECT_DECISIONS)[number];

/** `package`: files on distribution points; the others are definitions in the inboxes of client access points. */
export const OBJECT_KINDS = ["package", "program", "advertisement"] as const;

const COPY = object({
  system: text,
  /** Its version or serial; 0: none is known. */
  number: count,
  isConnected: flag,
});

const FINDING = object(
  {
    kind: oneOf(OBJECT_KINDS),
    id: text,
    finding: oneOf(OBJECT_FINDINGS),
    /** The newest first. */
    copies: list(COPY),
    /** What was seen and by whom, for people. */
    reasons: list(text),
    choices: list(oneOf(OBJECT_DECISIONS)),
  },
  {
    /** As the site data state it; absent: they do not have it. */
    stated: count,
  },
);
export type ObjectFinding = Of<typeof FINDING>;

const RETURNING = object(
  {
    /** Kind and id, such as `package/ABC00001`. */
    object: text,
    state: oneOf(["running", "done", "failed"]),
    /** Of its files, as far as they are there. */
    bytes: count,
    of: count,
  },
  {
    /** Its new id. */
    as: text,
    error: text,
  },
);
export type ReturningObject = Of<typeof RETURNING>;

/** What was decided about an object and holds. */
const STANDING = object(
  {
    /** Kind and id, such as `package/ABC00001`. */
    object: text,
    decision: oneOf(OBJECT_DECISIONS),
  },
  {
    /** Its new id. */
    as: text,
    /** The system whose copy was taken. */
    from: text,
  },
);
export type StandingDecision = Of<typeof STANDING>;

/** What of a recovered site its systems, its neighbours and the ledger have and its site data have not, or have otherwise. */
const PLAN = object({
  site: text,
  /** Why its numbers cannot be trusted yet. */
  signs: list(text),
  findings: list(FINDING),
  /** Systems that could not be asked: what only they hold is missing here. */
  unreached: list(text),
  /** What is being brought back, and what was since the coordinator started. */
  returning: list(RETURNING),
  /** What can be undone as long as the object has not changed since. */
  decided: list(STANDING),
});
export type ObjectPlan = Of<typeof PLAN>;

const DECIDE = object(
  {
    /** Kind and id, or the id alone. */
    object: name,
    decision: oneOf(OBJECT_DECISIONS),
  },
  {
    /** The system whose copy is right; by default one with the newest. */
    from: name,
  },
);
export type DecideObject = Of<typeof DECIDE>;
const UNDO = object({ object: name });

const DECIDED = object(
  { object: text, decision: oneOf(OBJECT_DECISIONS) },
  {
    /** It is being fetched: the plan says how far it is. */
    isReturning: yes,
    /** What these systems hold stays there until it is removed. */
    systems: list(text),
  },
);
export type ObjectDecided = Of<typeof DECIDED>;

const BY_CODE = { type: "object", required: ["code"], properties: { code: text } } as const;

export const OBJECT_ROUTES = {
  plan: { params: BY_CODE, response: answers(PLAN) },
  returning: { params: BY_CODE, response: answers(list(RETURNING)) },
  decide: { params: BY_CODE, body: DECIDE, response: answers(DECIDED) },
  undo: { params: BY_CODE, body: UNDO, response: answers(DECIDED) },
} as const;
