import { useSignal } from "@preact/signals";
import type { SerialPlan, SiteState } from "@sitewright/protocol/api";
import { useAsked } from "../../api/asked.ts";
import { planSerials } from "../../api/recovery.ts";
import { Fault, Skeleton } from "../../components/page-parts.tsx";
import { Table, type Column } from "../../components/table.tsx";

type Counter = SerialPlan["proposals"][number];

/** The numbers of a site beside what each of its witnesses has seen; read when it is opened. */
export function Witnesses({ site }: { site: SiteState }) {
  const isOpen = useSignal(false);
  return (
    <details class="no-print" onToggle={({ currentTarget }) => (isOpen.value = currentTarget.open)}>
      <summary>What its witnesses have seen</summary>
      {isOpen.value && <Seen site={site} />}
    </details>
  );
}

function Seen({ site: { code, stated } }: { site: SiteState }) {
  const { answer, fault } = useAsked(() => planSerials(code, []), [code, JSON.stringify(stated)]).value;
  const found = answer?.proposals;
  if (fault !== undefined) return <Fault message={fault} />;
  if (!found) return <Skeleton lines={2} label="Loading the witnesses" />;
  if (found.length === 0) return <p class="muted">No counter is stated, and none was seen.</p>;
  return <Table caption={`What witnesses have seen of ${code}`} columns={COLUMNS} rows={found} rowKey={({ counter }) => counter} />;
}

const COLUMNS: readonly Column<Counter>[] = [
  { head: "Counter", rowHead: true, value: ({ counter }) => counter },
  { head: "States", numeric: true, value: ({ stated }) => String(stated) },
  {
    head: "Seen by",
    wide: true,
    value: ({ stated, seen }) =>
      seen.length === 0 ? (
        <span class="muted">no witness</span>
      ) : (
        <ul class="numbers">
          {seen.map(({ witness, number }) => (
            <li key={witness}>
              {witness} <strong class={number > stated ? "went-back" : ""}>{number}</strong>
            </li>
          ))}
        </ul>
      ),
  },
];
