import { answers } from "../errors.ts";
import { count, list, name, object, oneOf, text, time, type Of } from "../schema.ts";

const UPDATE = {
  id: text,
  version: text,
  /** Agents at a time. */
  wave: count,
  by: text,
  at: time,
  /** `halted`: an agent of the present wave failed, so no further wave begins. */
  state: oneOf(["running", "halted", "done", "cancelled"]),
  /** `why`: of those that failed. */
  systems: list(object({ system: text, wave: count, state: oneOf(["updated", "ordered", "waiting", "failed"]) }, { why: text })),
} as const;
const SHOWN = object(UPDATE);
export type AgentUpdate = Of<typeof SHOWN>;

const STARTED = object({ ...UPDATE, skipped: list(object({ system: text, why: text })) });
export type StartedAgentUpdate = Of<typeof STARTED>;

/** Neither `systems` nor `version`: all agents, to the newest version for which there is a package. */
const REQUEST = object(
  {},
  {
    version: { type: "string", pattern: "^\\d{1,6}\\.\\d{1,6}\\.\\d{1,6}$" },
    systems: { type: "array", minItems: 1, maxItems: 10_000, items: name },
    wave: { type: "integer", minimum: 1, maximum: 10_000 },
  },
);
export type AgentUpdateRequest = Of<typeof REQUEST>;

export const AGENT_UPDATE_ROUTES = {
  /** The last one, if there was one. */
  show: { response: answers(object({}, { update: SHOWN })) },
  start: { body: REQUEST, response: answers(STARTED) },
  cancel: { response: answers(SHOWN) },
} as const;
