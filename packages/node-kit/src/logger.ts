import { destination, multistream, pino, type Level, type Logger } from "pino";
import { terminalText } from "@sitewright/protocol";

export interface JsonLoggerOptions {
  /** Of what goes to standard output; what is kept has everything from `info` on. */
  level: Level | "silent";
  /** Stands in every line; null for nothing. */
  base: Record<string, unknown> | null;
  /** Gives what stands in the lines of the moment. */
  mixin?: () => object;
  /** Takes each line that may be worth keeping. */
  keep: (line: string) => void;
}

/** JSON lines to standard output, written at once: a process that is killed has said everything. */
export function createJsonLogger({ level, base, mixin, keep }: JsonLoggerOptions): Logger {
  const kept = { level: "info" as const, stream: { write: keep } };
  const shown = level === "silent" ? [] : [{ level, stream: shownOn(destination({ dest: 1, sync: true })) }];
  const least = level === "trace" || level === "debug" ? level : "info";
  return pino({ level: least, base, ...(mixin ? { mixin } : {}) }, multistream([kept, ...shown]));
}

/** Names and messages of others stand in the lines, and people look at them in terminals. */
function shownOn(out: { write(line: string): unknown }): { write(line: string): void } {
  return { write: (line) => void out.write(terminalText(line)) };
}
