import { answers, answersWith, ERROR_CODE } from "./errors.ts";
import { flag, list, object, text, yes, type Of } from "./schema.ts";

/** Whether the coordinator can do its work, and what prevents it. */
const READINESS = object({ ready: flag, reasons: list(object({ code: ERROR_CODE, message: text })) });
export type Readiness = Of<typeof READINESS>;

export const SERVICE_ROUTES = {
  health: { response: answers(object({ ok: yes })) },
  readiness: { response: { ...answers(READINESS), 503: READINESS } },
  ca: { response: answersWith("application/x-pem-file") },
  metrics: { response: answersWith("text/plain") },
} as const;

const REST = { type: "object", required: ["*"], properties: { "*": text } } as const;

/** The user interface. */
export const PAGE_ROUTES = {
  page: { response: answersWith("text/html") },
  icon: { response: answersWith("image/svg+xml") },
  asset: { params: REST, response: answersWith("*/*") },
} as const;
