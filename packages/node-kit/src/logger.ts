import { destination, multistream, pino, type Level, type Logger } from "pino";
import { terminalText } from "@sitewright/protocol";

export interface JsonLoggerOptions {
  /** Level of standard output; the log store gets everything from `info` on. */
  level: Level | "silent";
  /** Fields of every line; null for none. */
  base: Record<string, unknown> | null;
  /** Returns the fields of the current scope. */
  mixin?: () => object;
  /** Receives each line that may be worth keeping. */
  keep: (line: string) => void;
  /** In the place of standard output. */
  out?: { write(line: string): unknown } | undefined;
}

/** JSON lines to standard output or `out`, written synchronously, so that a kill loses none. */
export function createJsonLogger({ level, base, mixin, keep, out }: JsonLoggerOptions): Logger {
  const kept = { level: "info" as const, stream: { write: keep } };
  const shown = level === "silent" ? [] : [{ level, stream: shownOn(out ?? destination({ dest: 1, sync: true })) }];
  const least = level === "trace" || level === "debug" ? level : "info";
  return pino({ level: least, base, ...(mixin ? { mixin } : {}) }, multistream([kept, ...shown]));
}

/** Lines contain text of other parties, and are read in terminals. */
function shownOn(out: { write(line: string): unknown }): { write(line: string): void } {
  return { write: (line) => void out.write(terminalText(line)) };
}
