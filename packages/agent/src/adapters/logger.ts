import { AsyncLocalStorage } from "node:async_hooks";
import { destination, multistream, pino, type Level } from "pino";
import { terminalText } from "@sitewright/protocol";
import type { Log, LogScope } from "../app/ports/link.ts";

export interface Logger {
  log: Log;
  scope: LogScope;
}

export interface LoggerOptions {
  /** Of what goes to standard output; what is kept has everything from `info` on. */
  level: Level | "silent";
  /** Stands in every line. */
  system: string;
  /** Takes each line that is to be kept. */
  keep: (line: string) => void;
}

/** JSON lines to standard output, written at once: a process that is killed has said everything. */
export function createLogger({ level, system, keep }: LoggerOptions): Logger {
  const scopes = new AsyncLocalStorage<object>();
  const kept = { level: "info" as const, stream: { write: keep } };
  const shown = level === "silent" ? [] : [{ level, stream: shownOn(destination({ dest: 1, sync: true })) }];
  const quiet = level === "trace" || level === "debug" ? level : "info";
  const logger = pino({ level: quiet, base: { system }, mixin: () => ({ ...scopes.getStore() }) }, multistream([kept, ...shown]));
  return {
    log: (at, message, fields = {}) => logger[at](fields, message),
    scope: (facts, work) => scopes.run(facts, work),
  };
}

/** Names and messages of others stand in the lines, and people look at them in terminals. */
function shownOn(out: { write(line: string): unknown }): { write(line: string): void } {
  return { write: (line) => void out.write(terminalText(line)) };
}
