import { LIMITS } from "../limits.ts";
import { answers } from "./errors.ts";
import { list, object, oneOf, text, yes, type Of } from "./schema.ts";

/** A place of the site data that should exist and does not. */
const MISSING_SOURCE = object({
  /** Below the site data. */
  place: text,
  /** `gone`: it existed before. `not-described`: systems hold the unit that would be described there. */
  kind: oneOf(["gone", "not-described"]),
  /** Unit keys. */
  units: list(text),
  message: text,
});
export type MissingSource = Of<typeof MISSING_SOURCE>;

/** What is legitimately missing: these places, or everything missing now. */
const ACCEPT_BODY = {
  ...object(
    {},
    {
      places: { type: "array", minItems: 1, maxItems: 10_000, items: { type: "string", minLength: 1, maxLength: LIMITS.path } },
      all: yes,
    },
  ),
  minProperties: 1,
  maxProperties: 1,
} as const;

export const SOURCE_ROUTES = {
  missing: { response: answers(list(MISSING_SOURCE)) },
  /** @returns The places that were missing. */
  accept: { body: ACCEPT_BODY, response: answers(list(MISSING_SOURCE)) },
} as const;
