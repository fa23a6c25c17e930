import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { LedgerEntry, LedgerFilter, LedgerReport } from "@sitewright/protocol/api";
import { messageOf } from "../../api/client.ts";
import { ledgerFile, readLedger, verifyLedger } from "../../api/recovery.ts";
import { Action } from "../../components/action.tsx";
import { Empty, Fault, Skeleton } from "../../components/page-parts.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatMoment, plural } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { Filters, words } from "./filters.tsx";

/** Who did what, newest first, and whether that record is intact. */
export function LedgerPage() {
  const entries = useSignal<readonly LedgerEntry[] | undefined>(undefined);
  const next = useSignal<number | undefined>(undefined);
  const filter = useSignal<LedgerFilter>({});
  const report = useSignal<LedgerReport | undefined>(undefined);
  const fault = useSignal<string | undefined>(undefined);
  const wanted = filter.value;
  const asked = JSON.stringify(wanted);

  async function read(before?: number): Promise<void> {
    try {
      const page = await readLedger(filter.value, before);
      entries.value = [...(before === undefined ? [] : (entries.value ?? [])), ...page.entries];
      next.value = page.next;
    } catch (error) {
      fault.value = messageOf(error);
    }
  }
  useEffect(() => void read(), [asked]);

  const all = entries.value;
  return (
    <>
      <div class="page-head">
        <h1>Ledger</h1>
        <span class="muted">who did what, newest first</span>
      </div>
      <div class="actions">
        <Filters filter={filter} />
        <Action label="Verify" act={async () => void (report.value = await verifyLedger())} />
        <span class="push" />
        <a class="button button-quiet" href={ledgerFile("csv", wanted)} download>
          Save as CSV
        </a>
        <a class="button button-quiet" href={ledgerFile("jsonl", wanted)} download>
          Save as JSON lines
        </a>
      </div>
      {report.value && <Report report={report.value} />}
      <Fault message={fault.value} />
      {!all && !fault.value && <Skeleton lines={8} label="Loading the ledger" />}
      {all?.length === 0 && <Empty title="There is no such entry" />}
      {all && all.length > 0 && <Table caption="Ledger" columns={COLUMNS} rows={all} rowKey={({ hash }) => hash} one="entry" />}
      {next.value !== undefined && (
        <button type="button" class="button button-quiet" onClick={() => void read(next.value)}>
          Show older ones
        </button>
      )}
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

function Details({ details }: Pick<LedgerEntry, "details">) {
  return (
    <span class="ledger-details">
      {Object.entries(details).map(([name, value]) => (
        <span key={name}>
          <span class="muted">{name}</span> {value}
        </span>
      ))}
    </span>
  );
}
