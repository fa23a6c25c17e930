import { destination, pino, type Level } from "pino";
import type { Log } from "../app/link-ports.ts";

/** JSON lines to standard output, written at once: a process that is killed has said everything. */
export function createLog(level: Level | "silent"): Log {
  const logger = pino({ level, base: null }, destination({ dest: 1, sync: true }));
  return (at, message, fields = {}) => logger[at](fields, message);
}
