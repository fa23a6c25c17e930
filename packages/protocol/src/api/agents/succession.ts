import { answers } from "../errors.ts";
import { count, list, object, text, type Of } from "../schema.ts";

/** As `SuccessionStatement`. */
const STATEMENT = object({ coordinator: text, number: count, from: text, to: text, signature: text });

/** Absent: none may take over any longer. */
const SUCCESSOR = object({}, { successor: { type: "string", minLength: 40, maxLength: 400 } });

/** The number of the statement that is to be signed for the successor, or of the end of all earlier ones. */
const NUMBERED = object({ number: count });
export type NumberedSuccession = Of<typeof NUMBERED>;

export const SUCCESSION_ROUTES = {
  /** For agents that trust the CA of a coordinator whose place this one took. */
  statements: { response: answers(object({ statements: list(STATEMENT) })) },
  name: { body: SUCCESSOR, response: answers(NUMBERED) },
} as const;
