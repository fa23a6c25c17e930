import { ERROR_CODES, type ErrorCode } from "../errors.ts";
import { object, oneOf, text, type Of } from "./schema.ts";

export const ERROR_CODE = oneOf(Object.keys(ERROR_CODES) as ErrorCode[]);

/** What every refusal and failure is answered with. */
export const ERROR_BODY = object({ error: object({ code: ERROR_CODE, message: text }, { path: text }) });
export type ErrorBody = Of<typeof ERROR_BODY>;

const REFUSALS = { "4xx": ERROR_BODY, "5xx": ERROR_BODY } as const;

/** Bytes, texts that are no JSON, and bodies that are empty. */
const NOT_JSON = {} as const;

/** The answers of a route, with its refusals. */
export function answers<const Answer>(answer: Answer) {
  return { 200: answer, ...REFUSALS } as const;
}

/** A run that continues in the background. */
export function accepts<const Answer>(answer: Answer) {
  return { 202: answer, ...REFUSALS } as const;
}

/** Nothing is said where it went well. */
export const DONE = { 204: NOT_JSON, ...REFUSALS } as const;

/** An answer that is no JSON. */
export function answersWith(...mediaTypes: readonly string[]) {
  return { 200: { content: Object.fromEntries(mediaTypes.map((type) => [type, { schema: NOT_JSON }])) }, ...REFUSALS };
}
