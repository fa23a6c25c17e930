import type { RecoveryReport } from "@sitewright/protocol/api";
import { useAsked } from "../../api/asked.ts";
import { recoveryTurn, reportRecovery } from "../../api/recoveries.ts";
import { Fault, Section, Skeleton } from "../../components/page-parts.tsx";
import { Pill } from "../../components/pill.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatMoment } from "../../lib/format.ts";
import { lookOfRecovery, TASK_LOOKS } from "../../lib/recovery-words.ts";
import { links } from "../../lib/route.ts";
import { AnswerList } from "./answer-list.tsx";

/** What a recovery was, for those who have to judge the site later; printable. */
export function ReportPage({ id }: { id: string }) {
  const { answer: report, fault } = useAsked(() => reportRecovery(id), [id, recoveryTurn.value]).value;
  return (
    <>
      <div class="page-head">
        <h1>Report{report && ` on the recovery of ${report.site}`}</h1>
        {report && <Pill look={lookOfRecovery(report.state, report.outcome)} />}
        <div class="actions no-print">
          <a class="button button-quiet" href={links.recovery(id)}>
            Tasks
          </a>
          <button type="button" class="button button-quiet" onClick={() => window.print()}>
            Print
          </button>
        </div>
      </div>
      <Fault message={fault} />
      {!report && !fault && <Skeleton lines={8} label="Loading the report" />}
      {report && <Report report={report} />}
    </>
  );
}

function Report({ report }: { report: RecoveryReport }) {
  const { id, people, minutes, openedAt, endedAt, reason, answersInWords, abortWhen, listVersion, losses, deviations, debts, tasks } =
    report;
  const { lead, operator, recorder, approver, worked, onePerson } = people;
  return (
    <>
      <div class="card recovery-facts">
        <p>
          {id}: opened {formatMoment(openedAt)}, {endedAt === undefined ? "still open" : `ended ${formatMoment(endedAt)}`}, {minutes.total}{" "}
          min. Of tasks: {minutes.planned} min planned, {minutes.real} min real.
        </p>
        <p>
          Lead {lead}, operator {operator}, recorder {recorder}
          {approver !== undefined && `, approver ${approver}`}
          {onePerson && " (one person had all parts)"}
          {worked.length > 0 && `; worked on it: ${worked.join(", ")}`}.
        </p>
        {reason !== undefined && <p>Abandoned: {reason}</p>}
      </div>
      <Section title="Answers">
        <div class="card recovery-facts">
          <AnswerList answers={answersInWords} />
        </div>
      </Section>
      <Lines title="Losses" lines={losses} />
      <Lines title="Deviations" lines={deviations.map(({ what }) => what)} />
      <Lines title="Open debts" lines={debts} />
      <Lines title="To be given up when" lines={abortWhen} />
      <Section title="Tasks" aside={<span class="muted">list {listVersion}</span>}>
        <Table caption="Tasks" columns={COLUMNS} rows={tasks} rowKey={(task) => task.id} one="task" />
      </Section>
    </>
  );
}

function Lines({ title, lines }: { title: string; lines: readonly string[] }) {
  return (
    <Section title={title}>
      {lines.length === 0 ? (
        <p class="muted">None</p>
      ) : (
        <ul class="signs">
          {lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </Section>
  );
}

type Task = RecoveryReport["tasks"][number];

const COLUMNS: readonly Column<Task>[] = [
  { head: "Task", rowHead: true, value: ({ id }) => <code>{id}</code> },
  { head: "State", value: ({ state }) => <Pill look={TASK_LOOKS[state]} /> },
  { head: "Planned", numeric: true, value: ({ plannedMinutes }) => minutesText(plannedMinutes) },
  { head: "Real", numeric: true, value: ({ realMinutes }) => minutesText(realMinutes) },
  { head: "Done", value: (task) => <Done task={task} /> },
  {
    head: "What",
    wide: true,
    value: ({ title, evidence, undo }) => (
      <>
        {title}
        {[...evidence, ...(undo === undefined ? [] : [`taken back by ${undo}`])].map((text) => (
          <span key={text} class="note">
            {text}
          </span>
        ))}
      </>
    ),
  },
];

function Done({ task: { doneAt, doneBy, onPaper } }: { task: Task }) {
  if (doneAt === undefined) return null;
  return (
    <>
      {doneBy}, {formatMoment(doneAt)}
      {onPaper && ", on paper"}
    </>
  );
}

function minutesText(minutes: number | undefined): string {
  return minutes === undefined ? "" : `${minutes} min`;
}
