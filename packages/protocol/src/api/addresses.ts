import { WINDOWS } from "../addresses/hours.ts";
import { answers } from "./errors.ts";
import { count, flag, list, number, object, oneOf, table, text, time, yes, type Of } from "./schema.ts";

const WINDOW = oneOf(WINDOWS);

const TEXT = { type: "string", minLength: 1, maxLength: 40 } as const;
const patched = <const Most extends number>(most: Most) =>
  ({ type: ["object", "null"], maxProperties: most, propertyNames: { maxLength: 60 }, additionalProperties: TEXT }) as const;

/** A change of an operator's settings: an absent field stays, null returns to the value of the file. Words are those of hierarchy.yaml. */
const PATCH_BODY = {
  ...object({}, { bandwidth: { ...TEXT, type: ["string", "null"] }, rateLimit: patched(24), schedule: patched(168) }),
  minProperties: 1,
} as const;
export type AddressPatch = Of<typeof PATCH_BODY>;

/** What an operator may set, in the words of hierarchy.yaml. */
const TEXTS = {
  bandwidth: text,
  /** `{"08-18": "25%"}`; an empty object: no limit but the bandwidth. */
  rateLimit: table(text),
  /** `{"Mon-Fri 08-18": "high"}`; an empty object: open at all hours. */
  schedule: table(text),
} as const;
const ADDRESS_TEXTS = object({}, TEXTS);
export const ADDRESS_SETTINGS = { ...TEXTS, paused: yes } as const;

const STATUS_REQUIRED = {
  /** Destination site code, or the name of the system. */
  key: text,
  timeZone: text,
  concurrency: count,
  /** What hierarchy.yaml says. */
  file: ADDRESS_TEXTS,
  /** In force: the operator's settings over those of the file. */
  effective: ADDRESS_TEXTS,
  paused: flag,
  /** Nothing passes while it is paused: `closed`. */
  window: WINDOW,
  /** When work of each priority may next cross: a past moment means now; absent: not within a week. */
  opensAt: object({}, { high: time, medium: time, low: time }),
  /** Traffic of the line in the last second: IP bytes with headers, bit/s. */
  rate: number,
} as const;
const STATUS_OPTIONAL = {
  via: text,
  /** What an operator set over the file, with the principal and the time. */
  override: object({ by: text, at: time }, ADDRESS_SETTINGS),
  /** In force now, bit/s; absent: unlimited. */
  budget: number,
  /** The next changes of budget or window by the clock; absent: none within a week. */
  nextChange: object({ at: time, window: WINDOW }, { budget: number }),
  /** Measured capacity of the line, bit/s, where that is below the budget: content is paced by it. */
  carries: number,
} as const;

/** The current state of one address. Texts use the words of hierarchy.yaml; what the file omits is absent. */
const ADDRESS_STATUS = object(STATUS_REQUIRED, STATUS_OPTIONAL);
export type AddressStatus = Of<typeof ADDRESS_STATUS>;

const nullable = { type: ["string", "null"] } as const;
const nullableTable = { type: ["object", "null"], additionalProperties: text } as const;

/** `patch`: the fields that were set, null for those that returned to the file. */
const CHANGE = object(
  { at: time, by: text, kind: oneOf(["set", "pause", "resume", "reset"]) },
  { patch: object({}, { bandwidth: nullable, rateLimit: nullableTable, schedule: nullableTable, paused: flag }) },
);
export type AddressChange = Of<typeof CHANGE>;

const ADDRESS_DETAILS = object(
  {
    ...STATUS_REQUIRED,
    /** Who changed which setting: newest first, the last fifty. */
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
