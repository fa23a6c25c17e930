import { AsyncLocalStorage } from "node:async_hooks";
import { createJsonLogger, type JsonLoggerOptions } from "@sitewright/node-kit/logger";
import type { Log, LogScope } from "../app/ports/link.ts";

export interface Logger {
  log: Log;
  scope: LogScope;
}

export interface LoggerOptions extends Pick<JsonLoggerOptions, "level" | "keep" | "out"> {
  /** Fields of every line. */
  system: string;
}

/** Each line names the system, and the facts of its scope. */
export function createLogger({ level, system, keep, out }: LoggerOptions): Logger {
  const scopes = new AsyncLocalStorage<object>();
  const logger = createJsonLogger({ level, base: { system }, mixin: () => ({ ...scopes.getStore() }), keep, out });
  return {
    log: (at, message, fields = {}) => logger[at](fields, message),
    scope: (facts, work) => scopes.run(facts, work),
  };
}
