import { answers, DONE } from "./errors.ts";
import { object, text, time, yes } from "./schema.ts";

const SECRET = { type: "string", minLength: 1, maxLength: 200 } as const;

/** One way to sign in: the operator token, the code of a link, or the proof that a page kept across a restart. */
const SIGN_IN = { ...object({}, { token: SECRET, code: SECRET, resume: SECRET }), minProperties: 1, maxProperties: 1 } as const;

/** A link that signs in once. */
const SIGN_IN_LINK = object({ code: text, url: text, expiresAt: time });

export const SESSION_ROUTES = {
  open: { body: SIGN_IN, response: DONE },
  show: { response: answers(object({ signedIn: yes })) },
  close: { response: DONE },
  makeLink: { response: answers(SIGN_IN_LINK) },
} as const;
