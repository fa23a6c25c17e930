import { useSignal } from "@preact/signals";
import type { LedgerEntry, LedgerFilter, LedgerPage as Page, LedgerReport } from "@sitewright/protocol/api";
import { useAsked } from "../../api/asked.ts";
import { ledgerFile, readLedger, verifyLedger } from "../../api/recovery.ts";
import { Action } from "../../components/action.tsx";
import { Empty, Fault, Skeleton } from "../../components/page-parts.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { useFirst } from "../../components/use-first.tsx";
import { formatMoment, plural } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { Filters, words } from "./filters.tsx";

/** Who did what, newest first, and whether that record is intact. */
export function LedgerPage() {
  const filter = useSignal<LedgerFilter>({});
  const report = useSignal<LedgerReport | undefined>(undefined);
  const wanted = filter.value;
  const { answer: first, fault } = useAsked(() => readLedger(wanted), [JSON.stringify(wanted)]).value;
  const older = useSignal<(Page & { of: Page }) | undefined>(undefined);
  const later = older.value?.of === first ? older.value : undefined;
  const all = first && [...first.entries, ...(later?.entries ?? [])];
  const next = (later ?? first)?.next;

  async function readOlder(of: Page, before: number): Promise<void> {
    const page = await readLedger(wanted, before);
    older.value = { ...page, of, entries: [...(later?.entries ?? []), ...page.entries] };
  }
  return (
    <>
      <div class="page-head">
        <h1>Ledger</h1>
        <span class="muted">who did what, newest first</span>
      </div>
      <div class="actions">
        <Filters filter={filter} />
        <Action label="Verify" act={async () => void (report.value = await verifyLedger())} />
        <div class="actions push">
          <a class="button button-quiet" href={ledgerFile("csv", wanted)} download>
            Save as CSV
          </a>
          <a class="button button-quiet" href={ledgerFile("jsonl", wanted)} download>
            Save as JSON lines
          </a>
        </div>
      </div>
      {report.value && <Report report={report.value} />}
      <Fault message={fault} />
      {!all && !fault && <Skeleton lines={8} label="Loading the ledger" />}
      {all?.length === 0 && <Empty title="There is no such entry" />}
      {all && all.length > 0 && <Table caption="Ledger" columns={COLUMNS} rows={all} rowKey={({ hash }) => hash} one="entry" />}
      {first && next !== undefined && <Action label="Show older ones" act={() => readOlder(first, next)} />}
    </>
  );
}

function Report({ report: { entries, writers, findings } }: { report: LedgerReport }) {
  const of = `${plural(entries, "entry", "entries")} of ${plural(writers, "start")} of a coordinator`;
  if (findings.length === 0)
    return (
      <p role="status" class="ledger-report">
        The ledger is intact: {of}.
      </p>
    );
  return (
    <div class="fault ledger-report" role="alert">
      <strong>The ledger is not intact</strong> ({of}).
      <ul>
        {findings.map(({ where, message }) => (
          <li key={where}>{message}</li>
        ))}
      </ul>
    </div>
  );
}

const COLUMNS: readonly Column<LedgerEntry>[] = [
  { head: "When", rowHead: true, value: ({ at }) => formatMoment(at) },
  { head: "Who", value: ({ by }) => by.name },
  { head: "What", value: ({ kind }) => words(kind) },
  { head: "About", value: (entry) => <About entry={entry} /> },
  { head: "Details", wide: true, value: ({ details }) => <Details details={details} /> },
];

function About({ entry: { about } }: { entry: LedgerEntry }) {
  const { run, system, site, address } = about;
  if (run !== undefined) return <a href={links.run(run)}>{run}</a>;
  if (system !== undefined) return <a href={links.system(system)}>{system}</a>;
  if (address !== undefined) return <a href={links.address(address)}>{address}</a>;
  if (site !== undefined) return <a href={links.sites}>{site}</a>;
  return null;
}

/** Details drawn at once: an entry may have one for each site of a hierarchy. */
const DETAILS = 8;

function Details({ details }: Pick<LedgerEntry, "details">) {
  const { shown, more } = useFirst(Object.entries(details), "detail", DETAILS);
  return (
    <span class="ledger-details">
      {shown.map(([name, value]) => (
        <span key={name}>
          <span class="muted">{name}</span> {value}
        </span>
      ))}
      {more}
    </span>
  );
}
