import { destination, multistream, pino, type Level } from "pino";
import { terminalText } from "@sitewright/protocol";
import type { Log } from "../app/log.ts";

export interface LoggerOptions {
  /** Of what goes to standard output; what is kept has everything from `info` on. */
  level: Level | "silent";
  /** Takes each line that may be worth keeping. */
  keep: (line: string) => void;
}

/** JSON lines to standard output, written at once: a process that is killed has said everything. */
export function createLogger({ level, keep }: LoggerOptions): Log {
  const kept = { level: "info" as const, stream: { write: keep } };
  const shown = level === "silent" ? [] : [{ level, stream: shownOn(destination({ dest: 1, sync: true })) }];
  return pino({ level: level === "trace" || level === "debug" ? level : "info", base: null }, multistream([kept, ...shown]));
}

/** Names and messages of others stand in the lines, and people look at them in terminals. */
function shownOn(out: { write(line: string): unknown }): { write(line: string): void } {
  return { write: (line) => void out.write(terminalText(line)) };
}
