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

/** Bytes that wait until standard output takes them again; beyond these, lines are lost there. */
const MOST_WAITING = 1024 * 1024;

/** What it cannot take, because a disk is full or a terminal was closed, is written with what follows: a log must not end the program. */
function standardOutput(): { write(line: string): unknown } {
  const out = destination({ dest: 1, sync: true, maxLength: MOST_WAITING });
  out.on("error", () => undefined);
  return out;
}

/** JSON lines to standard output or `out`, written synchronously, so that a kill loses none. */
export function createJsonLogger({ level, base, mixin, keep, out }: JsonLoggerOptions): Logger {
  const kept = { level: "info" as const, stream: { write: keep } };
  const shown = level === "silent" ? [] : [{ level, stream: shownOn(out ?? standardOutput()) }];
  const least = level === "trace" || level === "debug" ? level : "info";
  return pino({ level: least, base, ...(mixin ? { mixin } : {}) }, multistream([kept, ...shown]));
}

/** Lines contain text of other parties, and are read in terminals. */
function shownOn(out: { write(line: string): unknown }): { write(line: string): void } {
  return { write: (line) => void out.write(terminalText(line)) };
}
