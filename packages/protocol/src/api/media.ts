import { MEDIUM_LIMITS } from "../media/medium.ts";
import { answers } from "./errors.ts";
import { PROBLEM } from "./problems.ts";
import { OPEN_REASON } from "./runs/forecasts.ts";
import { ASKED_OPTIONS } from "./runs/runs.ts";
import { GENERATION, UNIT } from "./runs/units.ts";
import { count, flag, list, name, object, oneOf, text, time, type Of } from "./schema.ts";

/** A signed file of an agent, in base64. */
const STATEMENT = { type: "string", maxLength: Math.ceil((MEDIUM_LIMITS.statement * 4) / 3) + 4 } as const;

/** A line with latency: when the medium leaves, when it is there, and how much it carries. */
const COURIER = object(
  {
    leaves: time,
    arrives: time,
  },
  {
    /** Bytes; absent: as much as there is. */
    capacity: count,
  },
);
export type Courier = Of<typeof COURIER>;

const ASKED = object(
  { options: ASKED_OPTIONS },
  {
    /** What agents of targets stated of themselves. */
    needs: { type: "array", maxItems: 1000, items: STATEMENT },
    courier: COURIER,
  },
);
export type MediaRequest = Of<typeof ASKED>;

/** A unit of which at least one system is to get what the site data have. */
const MEDIA_UNIT = object(
  {
    unit: UNIT,
    manifest: text,
    manifestBytes: count,
    files: count,
    sourceBytes: count,
    sourceVersion: count,
    /** Real folder of the site data. */
    root: text,
    /** Where its owned paths come from, below that folder. */
    owned: list(object({ path: text, source: text })),
  },
  {
    content: text,
    /** How much of its content goes by the medium, bytes, from the first file on: the line brings the rest. Absent: all. */
    part: count,
  },
);
export type MediaUnit = Of<typeof MEDIA_UNIT>;

const BY = oneOf(["medium", "line"]);

const MEDIA_ORDER = object(
  {
    system: name,
    /** Index in `units`. */
    unit: count,
    /** Which way is better: of what goes by the line, the line is not slower than the courier. */
    by: BY,
  },
  {
    /** When the line would have brought it, if nothing went by the medium. */
    lineAt: time,
    /** Why that is not known. */
    open: OPEN_REASON,
    /** With a courier: when it is there by this plan, in which the line has less to bring. Absent: never, or not known. */
    expectedAt: time,
  },
);

const MEDIA_PLAN = object(
  {
    /** Id of the coordinator. */
    coordinator: text,
    at: time,
    units: list(MEDIA_UNIT),
    /** In the order in which they are activated. */
    orders: list(MEDIA_ORDER),
    /** What does not go, neither by the medium nor by the line. */
    leftOut: list(object({ system: text, unit: UNIT, code: text, message: text })),
    /** What targets hold already, by their needs: orders that are not in `orders`. */
    there: count,
    problems: list(PROBLEM),
    /** X25519 keys of targets, in base64, by their needs. */
    keys: list(object({ system: text, key: text })),
    /** Manifests of other content that targets hold, by their needs. */
    held: list(object({ system: text, manifests: list(text) })),
    /** How long a previous generation is kept, ms. */
    graceMs: count,
    acceptOlder: flag,
  },
  {
    /** Of the orders; absent in a plan, which orders nothing. */
    generation: GENERATION,
  },
);
export type MediaPlan = Of<typeof MEDIA_PLAN>;

const RECEIPT = object({ receipt: STATEMENT });

const TAKEN = object({
  system: text,
  /** Empty: the receipt is about no medium. */
  medium: text,
  live: count,
  incomplete: count,
  failed: count,
  /** Units that the system states to hold. */
  units: count,
  /** Results of orders that were not known yet. */
  results: count,
  /** It was taken in before, and a later one since: it changed nothing. */
  isEarlier: flag,
});
export type TakenReceipt = Of<typeof TAKEN>;

export const MEDIA_ROUTES = {
  /** Changes nothing. */
  plan: { body: ASKED, response: answers(MEDIA_PLAN) },
  /** The orders of a medium, which is to be written now: they are above all earlier ones. */
  order: { body: ASKED, response: answers(MEDIA_PLAN) },
  receipt: { body: RECEIPT, response: answers(TAKEN) },
} as const;

/** Share of a unit's content that a line would have to bring, from 0 to 1: all, or what does not go by the medium. */
export function lineShare({ part, sourceBytes }: Pick<MediaUnit, "part" | "sourceBytes">): number {
  return part === undefined ? 1 : Math.max(0, 1 - part / Math.max(1, sourceBytes));
}
