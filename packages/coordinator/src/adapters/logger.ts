import { plural } from "@sitewright/protocol";
import { createJsonLogger, type JsonLoggerOptions } from "@sitewright/node-kit/logger";
import type { Log } from "../app/log.ts";

/** The coordinator's log, with a limit for lines that one system may cause. */
export function createLogger(options: Pick<JsonLoggerOptions, "level" | "keep">): Log {
  return limitPerSystem(createJsonLogger({ ...options, base: null }));
}

const PERIOD_MS = 60_000;
/** Lines about one system within a period: more than its orders and connections can need. */
const MOST_OF_ONE = 5_000;

/** One system cannot fill the disk: its lines above the limit are counted per minute, and the count is logged. */
export function limitPerSystem(log: Log): Log {
  const lines = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  function tell(): void {
    timer = undefined;
    const loud = [...lines].filter(([, count]) => count > MOST_OF_ONE);
    lines.clear();
    for (const [system, count] of loud)
      log.warn(
        { system, left: count - MOST_OF_ONE },
        `${plural(count - MOST_OF_ONE, `more line about ${system} was`, `more lines about ${system} were`)} not written within a minute`,
      );
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
