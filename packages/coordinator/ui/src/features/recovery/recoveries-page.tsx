import type { RecoverySummary } from "@sitewright/protocol/api";
import { loadPart, useAsked } from "../../api/asked.ts";
import { listRecoveries, recoveryTurn } from "../../api/recoveries.ts";
import { Empty, Fault, Section, Skeleton } from "../../components/page-parts.tsx";
import { Pill } from "../../components/pill.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatMoment, shortList } from "../../lib/format.ts";
import { lookOfRecovery } from "../../lib/recovery-words.ts";
import { links } from "../../lib/route.ts";

/** All recoveries, and how to open one. */
export function RecoveriesPage() {
  const { answer: all, fault } = useAsked(listRecoveries, [recoveryTurn.value]).value;
  // It reads the answers of the page Expert, whose list is larger than all other pages.
  const { answer: form, fault: formFault } = useAsked(() => loadPart(import("./start-form.tsx")), []).value;
  return (
    <>
      <div class="page-head">
        <h1>Recoveries</h1>
        <span class="muted">newest first</span>
        <a class="button button-quiet" href={links.drill}>
          Rehearse one
        </a>
      </div>
      <Fault message={fault ?? formFault} />
      {(!all || !form) && !fault && !formFault && <Skeleton lines={4} label="Loading the recoveries" />}
      {all?.length === 0 && <Empty title="There was no recovery yet" />}
      {all && all.length > 0 && <Table caption="Recoveries" columns={COLUMNS} rows={all} rowKey={({ id }) => id} one="recovery" />}
      {form && (
        <Section title="Open a recovery">
          <form.StartForm />
        </Section>
      )}
    </>
  );
}

const COLUMNS: readonly Column<RecoverySummary>[] = [
  {
    head: "Site",
    rowHead: true,
    value: ({ id, site }) => (
      <a href={links.recovery(id)}>
        <span class="site-code">{site}</span> {id}
      </a>
    ),
  },
  { head: "State", value: ({ state, outcome }) => <Pill look={lookOfRecovery(state, outcome)} /> },
  { head: "Tasks closed", numeric: true, value: ({ closed, tasks }) => `${closed} of ${tasks}` },
  { head: "Lead", value: ({ lead }) => lead },
  { head: "Opened", value: ({ openedAt }) => formatMoment(openedAt) },
  { head: "Now", wide: true, value: (summary) => <Work summary={summary} /> },
];

function Work({ summary: { endedAt, waiting, running, failed, next } }: { summary: RecoverySummary }) {
  if (endedAt !== undefined) return <>ended {formatMoment(endedAt)}</>;
  const parts = [
    ["waits for a person", waiting],
    ["running", running],
    ["failed", failed],
    ["next", next],
  ] as const;
  const told = parts.filter(([, ids]) => ids.length > 0).map(([what, ids]) => `${what}: ${shortList(ids, 4)}`);
  return <>{told.join(" · ")}</>;
}
