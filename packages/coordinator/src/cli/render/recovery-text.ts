import { CLOSED_TASK_STATES, terminalLine, plural } from "@sitewright/protocol";
import type { Recovery, RecoveryReport, RecoverySummary, RecoveryTask } from "@sitewright/protocol/api";
import { renderTable, type Column } from "./table.ts";

const SHOWN_NEXT = 8;

function answerText({ question, answer }: Recovery["answersInWords"][number]): string {
  return `${question} ${answer}`;
}

export function renderStarted({ id, site, tasks }: Recovery): string {
  const first = tasks.find(({ needs }) => needs.length === 0);
  return [
    `the recovery ${id} of ${site} is open: ${plural(tasks.length, "task")}`,
    ...(first ? [`begin with ${first.id}: ${terminalLine(first.title)}`] : []),
    `'sitewright recovery show ${site}' lists them all`,
  ].join("\n");
}

/** Two lines for each: how far it is, and what waits. */
export function renderStatus(open: readonly RecoverySummary[]): string {
  if (open.length === 0) return "no recovery is open";
  return open
    .flatMap(({ id, site, openedAt, lead, tasks, closed, running, waiting, failed, next }) => {
      const more = next.length > SHOWN_NEXT ? ` and ${next.length - SHOWN_NEXT} more` : "";
      const work = [
        ["running", running.join(" ")],
        ["waits for a person", waiting.join(" ")],
        ["failed", failed.join(" ")],
        ["next", next.slice(0, SHOWN_NEXT).join(" ") + more],
      ].filter(([, ids]) => ids !== "");
      const head = terminalLine(
        `${site}  ${id}  ${closed} of ${plural(tasks, "task")} closed  since ${timeText(openedAt)}  led by ${lead}`,
      );
      return [head, ...work.map(([what, ids]) => `  ${what}: ${ids}`)];
    })
    .join("\n");
}

export function renderSummaries(all: readonly RecoverySummary[]): string {
  if (all.length === 0) return "there was no recovery yet";
  return renderTable<RecoverySummary>(
    [
      { head: "recovery", value: ({ id }) => id },
      { head: "site", value: ({ site }) => site },
      { head: "state", value: ({ state, outcome }) => outcome ?? state },
      { head: "tasks", align: "right", value: ({ closed, tasks }) => `${closed}/${tasks}` },
      { head: "opened", value: ({ openedAt }) => timeText(openedAt) },
      { head: "ended", value: ({ endedAt }) => (endedAt === undefined ? "" : timeText(endedAt)) },
      { head: "lead", value: ({ lead }) => lead },
    ],
    all,
  );
}

export function renderRecovery({ id, site, state, end, tasks, dropped, ...recovery }: Recovery): string {
  const { lead, operator, recorder, onePerson, openedAt, listVersion, abortWhen, answersInWords } = recovery;
  const people = `lead ${lead}, operator ${operator}, recorder ${recorder}${onePerson ? " (one person)" : ""}`;
  const columns: Column<RecoveryTask>[] = [
    { head: "", value: () => "" },
    { head: "", value: (task) => task.id },
    { head: "", value: (task) => task.state },
    {
      head: "",
      value: ({ title, needs, offer, state }) =>
        `${title}${needs.length === 0 ? "" : `  (first ${needs.join(", ")})`}${offer && !CLOSED_TASK_STATES.has(state) ? "  (Sitewright can do it)" : ""}`,
    },
  ];
  const phases = [...Map.groupBy(tasks, ({ phase }) => phase)].flatMap(([phase, own]) => ["", phase, ...rowsOf(columns, own)]);
  return [
    `recovery ${id} of ${site}: ${end?.outcome ?? state}`,
    `opened ${timeText(openedAt)}${end ? `, ended ${timeText(end.at)}` : ""}, list ${listVersion}`,
    people,
    ...answersInWords.map(answerText),
    ...abortWhen.map((criterion) => `to be abandoned when: ${criterion}`),
    ...(end?.reason === undefined ? [] : [`abandoned: ${end.reason}`]),
    ...phases,
    ...(dropped.length === 0 ? [] : ["", "not asked for any more", ...rowsOf(columns, dropped)]),
  ]
    .map(terminalLine)
    .join("\n");
}

/** What has to be read to judge the site later. */
export function renderReport({ id, site, state, people, tasks, minutes, losses, deviations, debts, ...report }: RecoveryReport): string {
  const { lead, operator, recorder, approver, worked, onePerson } = people;
  const parts = [
    `lead ${lead}`,
    `operator ${operator}`,
    `recorder ${recorder}`,
    ...(approver === undefined ? [] : [`approver ${approver}`]),
  ];
  const ended = report.endedAt === undefined ? "still open" : `ended ${timeText(report.endedAt)}`;
  const columns: Column<RecoveryReport["tasks"][number]>[] = [
    { head: "", value: () => "" },
    { head: "task", value: (task) => task.id },
    { head: "state", value: (task) => task.state },
    { head: "planned", align: "right", value: ({ plannedMinutes }) => minutesText(plannedMinutes) },
    { head: "real", align: "right", value: ({ realMinutes }) => minutesText(realMinutes) },
    { head: "by", value: ({ doneBy = "" }) => doneBy },
    { head: "done", value: ({ doneAt, onPaper }) => (doneAt === undefined ? "" : `${timeText(doneAt)}${onPaper ? ", on paper" : ""}`) },
    {
      head: "",
      value: ({ title, evidence, undo }) => inOneLine([title, ...evidence, ...(undo === undefined ? [] : [`undo: ${undo}`])].join("\n")),
    },
  ];
  const part = (title: string, lines: readonly string[]): string[] => [
    "",
    title,
    ...(lines.length === 0 ? ["  none"] : lines.map((line) => `  ${inOneLine(line)}`)),
  ];
  return [
    `report on the recovery ${id} of ${site}: ${report.outcome ?? state}`,
    `opened ${timeText(report.openedAt)}, ${ended}: ${minutesText(minutes.total)}; of tasks: ${minutesText(minutes.planned)} planned, ${minutesText(minutes.real)} real`,
    `${parts.join(", ")}${onePerson ? " (one person had all parts)" : ""}${worked.length === 0 ? "" : `; worked on it: ${worked.join(", ")}`}`,
    ...report.answersInWords.map(answerText),
    ...report.abortWhen.map((criterion) => `to be abandoned when: ${criterion}`),
    ...(report.reason === undefined ? [] : [`abandoned: ${report.reason}`]),
    ...part("losses", losses),
    ...part(
      "deviations",
      deviations.map(({ what }) => what),
    ),
    ...part("open debts", debts),
    "",
    `tasks (list ${report.listVersion})`,
    ...renderTable(columns, tasks).split("\n"),
  ]
    .map(terminalLine)
    .join("\n");
}

/** Rows of a table without heads. */
function rowsOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  return renderTable(columns, rows).split("\n").slice(1);
}

/** What Sitewright found may have several lines. */
function inOneLine(text: string): string {
  return text.replaceAll("\n", "; ");
}

function minutesText(minutes: number | undefined): string {
  return minutes === undefined ? "" : `${minutes} min`;
}

function timeText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
