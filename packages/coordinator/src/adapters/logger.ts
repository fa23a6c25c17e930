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
  return limitPerSystem(
    pino({ level: level === "trace" || level === "debug" ? level : "info", base: null }, multistream([kept, ...shown])),
  );
}

const PERIOD_MS = 60_000;
/** Lines about one system within a period: more than its orders and connections can need. */
const MOST_OF_ONE = 5_000;

/** What one system causes fills no disk: of its lines beyond a bound, those of a minute are counted, and the count is said. */
export function limitPerSystem(log: Log): Log {
  const lines = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  function tell(): void {
    timer = undefined;
    const loud = [...lines].filter(([, count]) => count > MOST_OF_ONE);
    lines.clear();
    for (const [system, count] of loud)
      log.warn({ system, left: count - MOST_OF_ONE }, `${count - MOST_OF_ONE} more lines about ${system} were not written within a minute`);
  }

  const within =
    (write: Log["info"]): Log["info"] =>
    (facts, message) => {
      const { system } = facts as { system?: unknown };
      if (typeof system === "string") {
        const count = (lines.get(system) ?? 0) + 1;
        lines.set(system, count);
        timer ??= setTimeout(tell, PERIOD_MS).unref();
        if (count > MOST_OF_ONE) return;
      }
      write(facts, message);
    };
  return {
    debug: within((facts, message) => log.debug(facts, message)),
    info: within((facts, message) => log.info(facts, message)),
    warn: within((facts, message) => log.warn(facts, message)),
    error: within((facts, message) => log.error(facts, message)),
  };
}

/** Names and messages of others stand in the lines, and people look at them in terminals. */
function shownOn(out: { write(line: string): unknown }): { write(line: string): void } {
  return { write: (line) => void out.write(terminalText(line)) };
}
