import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { LEDGER_KINDS, type LedgerEntry, type LedgerKind, type LedgerReport } from "@sitewright/protocol/api";
import { messageOf } from "../../api/client.ts";
import { ledgerFile, readLedger, verifyLedger } from "../../api/recovery.ts";
import { Action } from "../../components/action.tsx";
import { Empty, Fault, Skeleton } from "../../components/page-parts.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatMoment, plural } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";

const words = (kind: string): string => kind.replaceAll("-", " ");

/** Who did what, newest first, and whether that record is intact. */
export function LedgerPage() {
  const entries = useSignal<readonly LedgerEntry[] | undefined>(undefined);
  const next = useSignal<number | undefined>(undefined);
  const kind = useSignal<LedgerKind | "">("");
  const report = useSignal<LedgerReport | undefined>(undefined);
  const fault = useSignal<string | undefined>(undefined);
  const asked = kind.value;

  async function read(before?: number): Promise<void> {
    try {
      const page = await readLedger(kind.value, before);
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
        <label class="filter">
          <span class="unseen">Kind of entry</span>
          <select value={asked} onChange={({ currentTarget }) => (kind.value = currentTarget.value as LedgerKind | "")}>
            <option value="">All kinds</option>
            {LEDGER_KINDS.map((one) => (
              <option key={one} value={one}>
                {words(one)}
              </option>
            ))}
          </select>
        </label>
        <Action label="Verify" act={async () => void (report.value = await verifyLedger())} />
        <span class="push" />
        <a class="button button-quiet" href={ledgerFile("csv")} download>
          Save as CSV
        </a>
        <a class="button button-quiet" href={ledgerFile("jsonl")} download>
          Save as JSON lines
        </a>
      </div>
      {report.value && <Report report={report.value} />}
      <Fault message={fault.value} />
      {!all && !fault.value && <Skeleton lines={8} label="Loading the ledger" />}
      {all?.length === 0 && <Empty title="There is no entry of this kind" />}
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
