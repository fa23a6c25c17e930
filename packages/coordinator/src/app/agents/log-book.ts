import { LIMITS, parseLogLine, SitewrightError, type LogLines } from "@sitewright/protocol";
import type { Board } from "../runs/board.ts";
import type { AgentLinks } from "../ports/agents.ts";
import type { RunStore } from "../ports/runs.ts";
import type { LogSource } from "../ports/log.ts";
import { requireSystem, type SiteView } from "../sites/site-view.ts";

/** One line of the log of the coordinator or of an agent; further facts as that side wrote them. */
export interface LogLine {
  /** ms since 1970, by the clock of the side that wrote it. */
  time: number;
  side: "coordinator" | "agent";
  level: string;
  message: string;
  system?: string;
  order?: string;
  [fact: string]: unknown;
}

export interface LogAnswer {
  /** Oldest first. */
  lines: LogLine[];
  /** `unreachable`: of its lines there are only those of its last receipt, if there was one. */
  agent: "asked" | "unreachable";
}

/** What the coordinator and agents logged about an order, or about a system. */
export interface LogBook {
  /** Throws `BAD_REQUEST` for neither, `NOT_FOUND`, `SYSTEM_UNKNOWN`. */
  read(about: { order?: string; system?: string }, limit: number): Promise<LogAnswer>;
  /** What an agent's log had when it gave a receipt: shown while that agent is not connected. */
  returned(system: string, lines: readonly string[]): void;
  /** An agent answered. */
  arrived(system: string, part: LogLines): void;
}

export interface LogBookDeps {
  logs: LogSource;
  links: AgentLinks;
  board: Board;
  runStore: RunStore;
  site: SiteView;
  /** How long an agent may take for each part of its answer, ms. */
  timeoutMs: number;
}

/** The whole answer is waited for this many times longer than one part of it. */
const PARTS = 4;

interface Question {
  system: string;
  lines: string[];
  /** Characters of the lines. */
  size: number;
  heard: () => void;
  end: (lines: string[] | undefined) => void;
}

const LEVELS: Record<number, string> = { 10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal" };

export function createLogBook({ logs, links, board, runStore, site, timeoutMs }: LogBookDeps): LogBook {
  const questions = new Map<number, Question>();
  let lastId = 0;

  async function systemOf(order: string, own: readonly LogLine[]): Promise<string | undefined> {
    const phase = board.get(order) ?? (await runStore.phase(order));
    return phase?.system ?? own.findLast((line) => line.system !== undefined)?.system;
  }

  /** Undefined when the agent does not answer. */
  function ask(system: string, order: string, limit: number): Promise<string[] | undefined> {
    const id = (lastId = (lastId % 2 ** 32) + 1);
    return new Promise((resolve) => {
      // Whatever has arrived by then is the answer; endless or empty parts do not extend the time limit.
      const late = (): void => end(question.lines.length > 0 ? question.lines : undefined);
      const timer = setTimeout(late, timeoutMs);
      const longest = setTimeout(late, timeoutMs * PARTS);
      const end = (lines: string[] | undefined): void => {
        clearTimeout(timer);
        clearTimeout(longest);
        questions.delete(id);
        resolve(lines);
      };
      const question: Question = { system, lines: [], size: 0, heard: () => timer.refresh(), end };
      questions.set(id, question);
      void links.send(system, { kind: "log-query", id, order, limit }).then((sent) => sent || end(undefined));
    });
  }

  return {
    async read({ order, system: asked }, limit) {
      if (order === undefined && asked === undefined)
        throw new SitewrightError("BAD_REQUEST", "say which order or which system it is about");
      if (asked !== undefined) requireSystem((await site.recent()).hierarchy, asked);
      const own = logs
        .find({ ...(order === undefined ? {} : { order }), ...(asked === undefined ? {} : { system: asked }) }, limit)
        .flatMap((line) => toLine(line, { side: "coordinator" }));
      const system = asked ?? (order === undefined ? undefined : await systemOf(order, own));
      if (system === undefined)
        throw new SitewrightError("NOT_FOUND", `there is no order ${order}: 'sitewright status' lists the last runs`);
      const told = links.isConnected(system) ? await ask(system, order ?? "", limit) : undefined;
      const kept = told ? [] : logs.returned(system).filter((line) => order === undefined || parseLogLine(line)?.["order"] === order);
      const theirs = (told ?? kept).flatMap((line) => toLine(line, { side: "agent", system }));
      const lines = [...own, ...theirs].sort((a, b) => a.time - b.time).slice(-limit);
      return { lines, agent: told ? "asked" : "unreachable" };
    },
    returned: logs.keepReturned,
    arrived(system, { id, lines, last }) {
      const question = questions.get(id);
      // Too late, or from an agent that was not asked.
      if (question?.system !== system) return;
      const fitting = lines.filter((line) => line.length <= LIMITS.logLine);
      if (fitting.length > 0) question.heard();
      question.lines.push(...fitting);
      question.size += fitting.reduce((sum, line) => sum + line.length, 0);
      if (last || question.lines.length >= LIMITS.logLines || question.size >= LIMITS.logAnswer)
        question.end(question.lines.slice(0, LIMITS.logLines));
    },
  };
}

/** Undefined for what is not a log line. The agent's own fields cannot replace those that the coordinator sets. */
function toLine(text: string, known: { side: LogLine["side"]; system?: string }): LogLine[] {
  const { time, level, msg, ...facts } = parseLogLine(text) ?? {};
  if (typeof time !== "number") return [];
  return [
    {
      ...(facts as Partial<LogLine>),
      time,
      ...known,
      level: typeof level === "number" ? (LEVELS[level] ?? String(level)) : "info",
      message: typeof msg === "string" ? msg : "",
    },
  ];
}
