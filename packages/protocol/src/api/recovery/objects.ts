import { answers } from "../errors.ts";
import { count, flag, list, object, oneOf, text, type Of } from "../schema.ts";

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

/** What of a recovered site its systems, its neighbours and the ledger have and its site data have not, or have otherwise. */
const PLAN = object({
  site: text,
  /** Why its numbers cannot be trusted yet. */
  signs: list(text),
  findings: list(FINDING),
  /** Systems that could not be asked: what only they hold is missing here. */
  unreached: list(text),
});
export type ObjectPlan = Of<typeof PLAN>;

const BY_CODE = { type: "object", required: ["code"], properties: { code: text } } as const;

export const OBJECT_ROUTES = {
  plan: { params: BY_CODE, response: answers(PLAN) },
} as const;
