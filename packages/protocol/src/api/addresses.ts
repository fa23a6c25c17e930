import { WINDOWS } from "../addresses/hours.ts";
import { answers } from "./errors.ts";
import { count, flag, list, number, object, oneOf, table, text, time, yes, type Of } from "./schema.ts";

const WINDOW = oneOf(WINDOWS);

const TEXT = { type: "string", minLength: 1, maxLength: 40 } as const;
const patched = <const Most extends number>(most: Most) =>
  ({ type: ["object", "null"], maxProperties: most, propertyNames: { maxLength: 60 }, additionalProperties: TEXT }) as const;

/** A change of what was set: what is absent stays, null goes back to the file. Words are those of hierarchy.yaml. */
const PATCH_BODY = {
  ...object({}, { bandwidth: { ...TEXT, type: ["string", "null"] }, rateLimit: patched(24), schedule: patched(168) }),
  minProperties: 1,
} as const;
export type AddressPatch = Of<typeof PATCH_BODY>;

const TEXTS = {
  bandwidth: text,
  /** `{"08-18": "25%"}`; an empty one: no limit but the bandwidth. */
  rateLimit: table(text),
  /** `{"Mon-Fri 08-18": "high"}`; an empty one: open at all hours. */
  schedule: table(text),
} as const;
const ADDRESS_TEXTS = object({}, TEXTS);

const STATUS_REQUIRED = {
  /** Destination site code, or the name of the system. */
  key: text,
  timeZone: text,
  concurrency: count,
  /** What hierarchy.yaml says. */
  file: ADDRESS_TEXTS,
  /** In force: what was set over what the file says. */
  effective: ADDRESS_TEXTS,
  paused: flag,
  /** Nothing passes while it is paused: `closed`. */
  window: WINDOW,
  /** When work of each priority may next cross: a moment gone by, it may now; absent: not within a week. */
  opensAt: object({}, { high: time, medium: time, low: time }),
  /** What crossed the line in the last second, IP bytes with headers, bit/s. */
  rate: number,
} as const;
const STATUS_OPTIONAL = {
  via: text,
  /** What an operator set over the file, by whom and when. */
  override: object({ by: text, at: time }, { ...TEXTS, paused: yes }),
  /** In force now, bit/s; absent: unlimited. */
  budget: number,
  /** When budget or window change by the clock, and to what; absent: not within a week. */
  nextChange: object({ at: time, window: WINDOW }, { budget: number }),
  /** What the line was found to carry, bit/s, where that is less than the budget: content goes by it. */
  carries: number,
} as const;

/** One address as it stands. Texts are in the words of hierarchy.yaml; what the file leaves out is absent. */
const ADDRESS_STATUS = object(STATUS_REQUIRED, STATUS_OPTIONAL);
export type AddressStatus = Of<typeof ADDRESS_STATUS>;

const nullable = { type: ["string", "null"] } as const;
const nullableTable = { type: ["object", "null"], additionalProperties: text } as const;

/** `patch`: what was set, null for what went back to the file. */
const CHANGE = object(
  { at: time, by: text, kind: oneOf(["set", "pause", "resume", "reset"]) },
  { patch: object({}, { bandwidth: nullable, rateLimit: nullableTable, schedule: nullableTable, paused: flag }) },
);
export type AddressChange = Of<typeof CHANGE>;

const ADDRESS_DETAILS = object(
  {
    ...STATUS_REQUIRED,
    /** Who changed what: newest first, the last fifty. */
    changes: list(CHANGE),
  },
  STATUS_OPTIONAL,
);
export type AddressDetails = Of<typeof ADDRESS_DETAILS>;

const BY_KEY = { type: "object", required: ["key"], properties: { key: text } } as const;

export const ADDRESS_ROUTES = {
  list: { response: answers(list(ADDRESS_STATUS)) },
  show: { params: BY_KEY, response: answers(ADDRESS_DETAILS) },
  set: { params: BY_KEY, body: PATCH_BODY, response: answers(ADDRESS_DETAILS) },
  /** Pause, resume, reset. */
  steer: { params: BY_KEY, response: answers(ADDRESS_DETAILS) },
} as const;
