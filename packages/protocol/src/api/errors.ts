import { ERROR_CODES, type ErrorCode } from "../errors.ts";
import { object, oneOf, text, type Of } from "./schema.ts";

export const ERROR_CODE = oneOf(Object.keys(ERROR_CODES) as ErrorCode[]);

/** The body of every refusal and failure. */
export const ERROR_BODY = object({ error: object({ code: ERROR_CODE, message: text }, { path: text }) });
export type ErrorBody = Of<typeof ERROR_BODY>;

const REFUSALS = { "4xx": ERROR_BODY, "5xx": ERROR_BODY } as const;

/** Raw bytes, texts that are not JSON, and empty bodies. */
const NOT_JSON = {} as const;

/** The answers of a route, with its refusals. */
export function answers<const Answer>(answer: Answer) {
  return { 200: answer, ...REFUSALS } as const;
}

/** A run that continues in the background. */
export function accepts<const Answer>(answer: Answer) {
  return { 202: answer, ...REFUSALS } as const;
}

/** An empty answer on success. */
export const DONE = { 204: NOT_JSON, ...REFUSALS } as const;

/** An answer that is not JSON. */
export function answersWith(...mediaTypes: readonly string[]) {
  return { 200: { content: Object.fromEntries(mediaTypes.map((type) => [type, { schema: NOT_JSON }])) }, ...REFUSALS };
}

/** The same, whole or a part of it. */
export function answersWithPart(mediaType: string) {
  const content = { content: { [mediaType]: { schema: NOT_JSON } } };
  return { 200: content, 206: content, ...REFUSALS };
}
