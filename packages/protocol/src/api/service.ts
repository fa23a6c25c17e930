import { answers, answersWith, ERROR_CODE } from "./errors.ts";
import { flag, list, object, text, yes, type Of } from "./schema.ts";

/** Whether the coordinator can do its work, and what prevents it. */
const READINESS = object({ ready: flag, reasons: list(object({ code: ERROR_CODE, message: text })) });

/** A coordinator of the hierarchy that is there. */
const MEMBER = object({
  /** Id of its data folder. */
  member: text,
  host: text,
  /** At which the others and agents reach it; empty before it listens. */
  url: text,
  /** The others stand by. */
  leads: flag,
  /** It sends content: all of it, or that of its share of the lines. */
  serves: flag,
});
export type CoordinatorMember = Of<typeof MEMBER>;

export const SERVICE_ROUTES = {
  health: { response: answers(object({ ok: yes })) },
  readiness: { response: { ...answers(READINESS), 503: READINESS } },
  ca: { response: answersWith("application/x-pem-file") },
  /** The one that answers first. */
  coordinators: { response: answers(list(MEMBER)) },
  metrics: { response: answersWith("text/plain") },
} as const;

const REST = { type: "object", required: ["*"], properties: { "*": text } } as const;

/** The user interface. */
export const PAGE_ROUTES = {
  page: { response: answersWith("text/html") },
  icon: { response: answersWith("image/svg+xml") },
  asset: { params: REST, response: answersWith("*/*") },
} as const;
