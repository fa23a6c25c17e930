import { LIMITS, type LogLines, type LogQuery } from "@sitewright/protocol";
import type { LogSource } from "./link-ports.ts";

/** The answer to a question about the log, in messages that each fit; of too many lines, the newest. */
export function answerLogQuery(source: LogSource, { id, order, limit }: LogQuery): LogLines[] {
  const found = source.find(order, Math.min(limit, LIMITS.logLines));
  const parts: string[][] = [[]];
  let room = LIMITS.logAnswer;
  let inPart = 0;
  for (const line of found.toReversed()) {
    room -= line.length;
    if (room < 0) break;
    if (inPart + line.length > LIMITS.logPart) {
      parts.unshift([]);
      inPart = 0;
    }
    parts[0]?.unshift(line);
    inPart += line.length;
  }
  return parts.map((lines, i) => ({ kind: "log-lines", id, lines, last: i === parts.length - 1 }));
}
