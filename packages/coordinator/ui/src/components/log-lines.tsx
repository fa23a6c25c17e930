import type { LogLine } from "@sitewright/protocol/api";
import { useAsked } from "../api/asked.ts";
import { readLogs } from "../api/operations.ts";
import { formatMoment, formatClock } from "../lib/format.ts";
import { Empty, Fault, Skeleton } from "./page-parts.tsx";

const TONES: Record<string, string> = { error: "bad", fatal: "bad", warn: "warn" };

/** Log lines of the coordinator and the agent about one order or one system, by time; loaded again when `turn` changes. */
export function LogLines({ about, turn = 0 }: { about: { order: string } | { system: string }; turn?: number }) {
  const key = "order" in about ? about.order : about.system;
  const { answer, fault } = useAsked(() => readLogs(about), [key, turn]).value;
  if (fault !== undefined) return <Fault message={fault} />;
  if (!answer) return <Skeleton lines={4} label="Loading the log" />;
  const { lines, agent } = answer;
  return (
    <>
      {agent === "unreachable" && (
        <p class="note-line">
          The agent is not connected: these are the coordinator's lines, and those that its last receipt brought, if there was one.
        </p>
      )}
      {lines.length === 0 ? (
        <Empty title="Nothing was logged yet" />
      ) : (
        <ol key={turn} class="log" tabIndex={0} aria-label="Log lines, the newest last" ref={showNewest}>
          {lines.map((line, index) => (
            <Line key={index} line={line} />
          ))}
        </ol>
      )}
    </>
  );
}

/** A log is read from its end. */
function showNewest(list: HTMLOListElement | null): void {
  list?.scrollTo(0, list.scrollHeight);
}

function Line({ line }: { line: LogLine }) {
  return (
    <li class={`log-line log-${TONES[line.level] ?? "plain"}`}>
      <time dateTime={new Date(line.time).toISOString()} title={formatMoment(line.time)}>
        {formatClock(line.time)}
      </time>
      <span class="log-side">{line.side}</span>
      <span class="log-level">{line.level}</span>
      <span class="log-message">
        {line.message}
        {factsOf(line)}
      </span>
    </li>
  );
}

const TOLD = new Set(["time", "side", "level", "message", "system", "order", "run"]);

/** All other facts of the line, in small print. */
function factsOf(line: LogLine) {
  const facts = Object.entries(line).filter(([name]) => !TOLD.has(name));
  if (facts.length === 0) return null;
  return (
    <span class="log-facts">
      {facts.map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`).join(" ")}
    </span>
  );
}
