import {
  LIMITS,
  SitewrightError,
  type ContentQuery,
  type LogLines,
  type LogQuery,
  type SiteBackupQuery,
  type SiteBackups,
} from "@sitewright/protocol";
import type { ContentAnswers, Link, Log, LogSource, SiteBackupService } from "../ports/link.ts";

/** What the coordinator asks beside its orders, for people who look. */
export type Query = LogQuery | ContentQuery | SiteBackupQuery;

export interface AnswerSources {
  logs: LogSource;
  contents: ContentAnswers;
  backups: Pick<SiteBackupService, "ask">;
  log: Log;
}

/** Sends the answer to a query over the link on which it came; resolves when all of it was handed over. Never rejects. */
export async function answerQuery(sources: AnswerSources, query: Query, link: Link): Promise<void> {
  try {
    for (const part of await answerTo(sources, query)) await link.send(part);
  } catch (error) {
    sources.log("warn", "an answer to the coordinator could not be sent", { err: error });
  }
}

async function answerTo({ logs, contents, backups, log }: AnswerSources, query: Query) {
  switch (query.kind) {
    case "log-query":
      return answerLogQuery(logs, query);
    case "content-query":
      return contents.answer(query);
    case "site-backup-query":
      if (query.begin) log("info", "the coordinator asks for a backup of the site");
      return [await aboutBackups(backups, query)];
  }
}

async function aboutBackups(backups: AnswerSources["backups"], { id, begin }: SiteBackupQuery): Promise<SiteBackups> {
  try {
    return { kind: "site-backups", id, ...(await backups.ask(begin)) };
  } catch (error) {
    const { code, message } = SitewrightError.from(error);
    return { kind: "site-backups", id, runs: [], failure: { code, message } };
  }
}

/** The answer to a log query, in messages within the limit; of too many lines, the newest. */
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
