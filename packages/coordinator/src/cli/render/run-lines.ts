import { adviceFor } from "@sitewright/expert/advice";
import { RUN_KINDS, unitKey, ENDED, runTotals, stepsSettled, plural } from "@sitewright/protocol";
import {
  cancellingWords,
  failureWords,
  inUseWords,
  lostWords,
  stalledWords,
  undecidedWords,
  formatBytes,
  formatSeconds,
  formatWindowWait,
  type RunView,
  type Problem,
  type Phase,
  type Run,
} from "@sitewright/protocol/api";
import { continued } from "./continued.ts";
import { renderTable, type Column } from "./table.ts";

const WAITING: Record<NonNullable<Phase["waitingFor"]>, string> = {
  "agent-offline": "its agent to connect",
  "agent-inventory": "its agent to say what it holds",
  "earlier-phase": "an earlier step",
  "site-data-unread": "the first reading of the site data",
  "site-quarantined": "the recovery of its site",
  "objects-undecided": "decisions about what its system holds",
  "address-busy": "a free slot on its line",
  "window-closed": "its line's schedule to open",
  "address-paused": "its address to be resumed",
  "max-unavailable": "its turn to activate",
  "system-busy": "a free slot on the system",
  "service-first": "the CAP and logon point of its site",
  paused: "its run to be resumed",
  "folder-in-use": "the end of what has its folder open",
  backoff: "the next attempt",
  "queue-full": "its turn",
};

/** Systems of a run, and problems in it, that its text lists. */
const MOST_LISTED = 50;

/**
 * The text of a run: one line for everything, one per system, then problems that need attention. Of very many systems the running and failed
 * ones come first, and the rest is counted.
 */
export function renderRun(view: RunView, now: number): string {
  const all = renderSystems(view, now);
  const [head = "", ...rows] = all.length > MOST_LISTED + 1 ? renderSystems(view, now, BUSY_FIRST) : all;
  const systems = rows.length > 0 ? [head, ...shortened(rows, MOST_LISTED, "system")] : [];
  return renderParts(runLine(view, now), systems, [...shortened(renderTroubles(view), MOST_LISTED), ...renderAdvice(view)]);
}

/** Lines for problems on a screen that cannot show all. */
const TROUBLES_SHOWN = 5;
/** Lines besides systems and problems: the run's own, two empty ones, the head of the table, and two that count what is left out. */
const FRAME = 6;

/**
 * The same, limited to a screen: running and failed systems come first, the rest is counted.
 * @param height Lines that may be used. Of longer output a terminal shows only the last lines.
 */
export function renderRunWithin(view: RunView, now: number, { height, columns }: { height: number; columns: number }): string {
  const cut = (line: string): string => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line);
  const troubles = renderTroubles(view);
  const shownTroubles = shortened(troubles, TROUBLES_SHOWN);
  const [head = "", ...rows] = renderSystems(view, now, BUSY_FIRST);
  const room = Math.max(1, height - FRAME - shownTroubles.length);
  return renderParts(runLine(view, now), [head, ...shortened(rows, room, "system")], shownTroubles)
    .split("\n")
    .map(cut)
    .join("\n");
}

/** @param one What a line tells of; absent: the rest is counted without a word for it. */
export function shortened(lines: readonly string[], most: number, one?: string): readonly string[] {
  const left = lines.length - most;
  const rest = one === undefined ? `${left} more` : plural(left, `more ${one}`);
  return left <= 0 ? lines : [...lines.slice(0, most), `... and ${rest}`];
}

function renderParts(headline: string, systems: readonly string[], troubles: readonly string[]): string {
  return [headline, ...(systems.length > 1 ? ["", ...systems] : []), ...(troubles.length > 0 ? ["", ...troubles] : [])].join("\n");
}

export function runLine({ run, totals }: RunView, now: number): string {
  const elapsed = formatSeconds(((run.endedAt ?? now) - run.createdAt) / 1000);
  const done = `${stepsSettled(totals)} of ${plural(totals.phases, "step")}`;
  const fromPeers = totals.peerBytes > 0 ? `, from neighbours ${formatBytes(totals.peerBytes)}` : "";
  const bytes =
    RUN_KINDS[run.kind].rollsOut && totals.sourceBytes > 0
      ? ` · ${formatBytes(totals.sourceBytes)}: sent ${formatBytes(totals.wireBytes)}${fromPeers}, reused ${formatBytes(totals.reusedBytes)}`
      : "";
  return `${run.kind} ${run.id} · ${stateWord(run)} · ${done}${bytes} · ${elapsed}`;
}

/** A cancelled run is open until its agents have confirmed that, or their time is up. */
function stateWord({ state, endedAt }: Run): string {
  return state === "cancelled" && endedAt === undefined ? "cancelling" : state;
}

interface SystemRow {
  system: string;
  own: Phase[];
  totals: RunView["totals"];
}

/** Only rebuilds and repairs transfer content; other kinds show no bytes. */
const MOVED: readonly Column<SystemRow>[] = [
  { head: "sent", align: "right", value: ({ totals }) => formatBytes(totals.wireBytes) },
  { head: "reused", align: "right", value: ({ totals }) => formatBytes(totals.reusedBytes) },
];

type Order = (a: SystemRow, b: SystemRow) => number;

/** Systems with running work, then those with failures, then those that wait, then those that are done. */
const BUSY_FIRST: Order = (a, b) => rank(a) - rank(b);

function rank({ totals: { running, failed, waiting } }: SystemRow): number {
  return running > 0 ? 0 : failed > 0 ? 1 : waiting > 0 ? 2 : 3;
}

/** The head of the table, then a line for each system. */
function renderSystems({ run, phases }: RunView, now: number, order?: Order): string[] {
  const rows = [...Map.groupBy(phases, (phase) => phase.system)].map(([system, own]) => ({ system, own, totals: runTotals(own) }));
  if (rows.length === 0) return [];
  return renderTable<SystemRow>(
    [
      { head: "system", value: ({ system }) => system },
      { head: "steps", align: "right", value: ({ totals }) => `${stepsSettled(totals)}/${totals.phases}` },
      { head: "", value: ({ totals }) => formatBar(RUN_KINDS[run.kind].rollsOut ? shareMoved(totals) : shareEnded(totals)) },
      ...(RUN_KINDS[run.kind].rollsOut ? MOVED : []),
      { head: "now", value: ({ own }) => currentWork(own, now) },
    ],
    order ? rows.sort(order) : rows,
  ).split("\n");
}

function shareMoved(totals: RunView["totals"]): number {
  if (totals.sourceBytes === 0) return shareEnded(totals);
  return Math.min((totals.reusedBytes + totals.fetchedBytes) / totals.sourceBytes, stepsSettled(totals) === totals.phases ? 1 : 0.99);
}

function shareEnded({ phases, waiting, running }: RunView["totals"]): number {
  return phases === 0 ? 0 : (phases - waiting - running) / phases;
}

function currentWork(phases: readonly Phase[], now: number): string {
  const cancelled = phases.find(({ cancelBy }) => cancelBy !== undefined);
  if (cancelled?.cancelBy !== undefined) return `cancelling: ${cancellingWords(cancelled.cancelBy, now)}`;
  const lost = phases.find(({ lostSince }) => lostSince !== undefined);
  if (lost?.lostSince !== undefined) return `${lost.task} ${unitKey(lost.unit)}: lost: ${lostWords(lost.lostSince, now)}`;
  const running = phases.find((phase) => phase.state === "running");
  if (running?.stalledSince !== undefined) return `${running.task} ${unitKey(running.unit)}: ${stalledWords(running.stalledSince, now)}`;
  if (running) return `${running.task} ${unitKey(running.unit)}${running.progress ? `: ${running.progress.step}` : ""}`;
  const waiting = phases.find((phase) => phase.state === "waiting" && phase.waitingFor);
  if (waiting?.waitingFor === "window-closed" && waiting.window) return formatWindowWait(waiting.window, now);
  if (waiting?.waitingFor === "address-paused" && waiting.window) return `waiting: address ${waiting.window.address} is paused`;
  if (waiting?.waitingFor === "folder-in-use" && waiting.inUse) return inUseWords(waiting.inUse, now);
  if (waiting?.undecided) return undecidedWords(waiting.undecided);
  if (waiting?.waitingFor) return `waits for ${WAITING[waiting.waitingFor]}`;
  const failures = failureWords(phases);
  if (failures !== "") return failures;
  return phases.every((phase) => ENDED.has(phase.state)) ? "done" : "";
}

/** Findings in the site data, in one line, or in a line with continuation lines. */
export function problemLine({ code, message, unit, units = 1, leftOut }: Problem): string {
  return `${leftOut ? "left out" : "note"}: ${units > 1 ? plural(units, "unit") : (unit ?? "hierarchy")}: ${code}: ${continued(message)}`;
}

/** What to do about each code of the problems, once. */
function renderAdvice({ run, phases }: { run: Run; phases: readonly Phase[] }): string[] {
  const failed = phases.flatMap(({ state, outcome }) => (state === "failed" && outcome?.kind === "failed" ? [outcome.code] : []));
  const codes = new Set([...(run.error ? [run.error.code] : []), ...run.problems.map(({ code }) => code), ...failed]);
  return [...codes].map((code) => `what to do about ${code}: ${adviceFor(code)}`);
}

/** Failures and units left out, each with its code; a problem that several units share is printed once. */
function renderTroubles({ run, phases }: { run: Run; phases: readonly Phase[] }): string[] {
  const problems = run.problems.map(problemLine);
  const failures = phases.flatMap((phase) =>
    phase.state === "failed" && phase.outcome?.kind === "failed"
      ? [{ system: phase.system, unit: unitKey(phase.unit), trouble: `${phase.outcome.code}: ${continued(phase.outcome.message)}` }]
      : [],
  );
  const grouped = [...Map.groupBy(failures, ({ system, trouble }) => `${system} ${trouble}`).values()].map((same) => {
    const [first] = same;
    return first ? `${first.system} ${same.length > 1 ? `${same.length} units` : first.unit}: ${first.trouble}` : "";
  });
  return [...(run.error ? [`${run.error.code}: ${continued(run.error.message)}`] : []), ...new Set(problems), ...grouped];
}

/** `12` characters wide by default; `share` from 0 to 1. */
export function formatBar(share: number, width = 12): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return "█".repeat(filled) + "░".repeat(width - filled);
}
