import { answers } from "./errors.ts";
import { list, name, object, oneOf, text, time, type Of } from "./schema.ts";

/** One line of the log of the coordinator or of an agent; further facts as that side wrote them. */
const LOG_LINE = {
  ...object(
    {
      /** By the clock of the side that wrote it. */
      time,
      side: oneOf(["coordinator", "agent"]),
      level: text,
      message: text,
    },
    { system: text, order: text },
  ),
  additionalProperties: true,
} as const;
export type LogLine = Of<typeof LOG_LINE>;

const LOG_ANSWER = object({
  /** Oldest first. */
  lines: list(LOG_LINE),
  /** `unreachable`: of its lines there are only those of its last receipt, if there was one. */
  agent: oneOf(["asked", "unreachable"]),
});
export type LogAnswer = Of<typeof LOG_ANSWER>;

const QUERY = object({}, { order: name, system: name, limit: { type: "string", pattern: "^[1-9][0-9]{0,3}$" } });

export const LOG_ROUTES = { read: { querystring: QUERY, response: answers(LOG_ANSWER) } } as const;
