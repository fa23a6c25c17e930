import { useSignal } from "@preact/signals";
import { stepsSettled, type RunTotals } from "@sitewright/protocol";
import { failedWords, type AddressView, type GroupPage, type Run, type RunGroup, type RunSummary } from "@sitewright/protocol/api";
import { rates } from "../../api/clock.ts";
import { queryOf } from "../../api/query.ts";
import { runTouched, useLive } from "../../api/reload.ts";
import { overview } from "../../api/store.ts";
import { Bar } from "../../components/bar.tsx";
import { Empty, SearchField, Section, Skeleton } from "../../components/page-parts.tsx";
import { Pager } from "../../components/pager.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { contentBar } from "../../lib/content-bar.ts";
import { formatBitRate, formatBytes } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { phaseLook, phaseWords } from "../../lib/words.ts";
import { budgetWords } from "../overview/address-line.tsx";

const PROGRESS: Column<RunGroup> = {
  head: "Progress",
  wide: true,
  value: ({ key, totals }) => <Bar small bar={contentBar(totals)} label={`Progress of ${key || "the own network"}`} />,
};
const STEPS: Column<RunGroup> = { head: "Steps", numeric: true, value: ({ totals }) => `${stepsSettled(totals)} / ${totals.phases}` };
const SENT: Column<RunGroup> = { head: "Sent", numeric: true, value: ({ totals }) => formatBytes(totals.wireBytes) };

const SYSTEM_COLUMNS: readonly Column<RunGroup>[] = [
  { head: "System", rowHead: true, value: ({ key }) => <a href={links.system(key)}>{key}</a> },
  PROGRESS,
  STEPS,
  SENT,
  { head: "Reused", numeric: true, value: ({ totals }) => formatBytes(totals.reusedBytes) },
  { head: "Now", value: (group) => <span class="muted nowrap">{nowWords(group)}</span> },
];

function nowWords({ now, totals }: RunGroup): string {
  if (now && now.state !== "waiting") return `${phaseLook(now).word}: ${now.unit.name}`;
  const failures = failedWords(totals);
  if (failures !== "") return failures;
  if (now) return phaseWords(now);
  return endedWell(totals) ? "done" : "";
}

function endedWell({ done, unneeded, phases }: RunTotals): boolean {
  return done + unneeded === phases;
}

/** A run by system and by address, page by page. */
export function RunGroups({ summary: { run, systemCount, lineCount } }: { summary: RunSummary }) {
  const addresses = overview.value?.addresses ?? [];
  return (
    <div class="two-columns">
      <Section title="Systems">
        <GroupTable run={run.id} of="systems" one="system" count={systemCount} columns={SYSTEM_COLUMNS} />
      </Section>
      <Section title="Addresses">
        <GroupTable run={run.id} of="lines" one="address" count={lineCount} columns={addressColumns(run, addresses)} />
      </Section>
    </div>
  );
}

/** The lines that a run uses, with their budgets. */
function addressColumns(run: Run, addresses: readonly AddressView[]): readonly Column<RunGroup>[] {
  const lines = rates.value.get(run.id);
  return [
    { head: "Address", rowHead: true, value: ({ key }) => key || "own network" },
    PROGRESS,
    { head: "Rate", numeric: true, value: ({ key }) => (run.endedAt === undefined ? rateWords(lines?.get(key)?.wire) : "-") },
    { head: "Budget now", numeric: true, value: ({ key }) => <Budget address={addresses.find((address) => address.key === key)} /> },
    SENT,
  ];
}

interface GroupTableProps {
  run: string;
  of: "systems" | "lines";
  one: "system" | "address";
  /** All of them. */
  count: number;
  columns: readonly Column<RunGroup>[];
}

/** Groups on one page; more of them can be searched. */
const PAGE = 25;

function GroupTable({ run, of, one, count, columns }: GroupTableProps) {
  const text = useSignal("");
  const cursors = useSignal<readonly string[]>([]);
  const asked = queryOf({ limit: String(PAGE), text: text.value.trim(), after: cursors.value.at(-1) });
  const { answer } = useLive<GroupPage>(`/api/v1/runs/${encodeURIComponent(run)}/${of}${asked}`, runTouched(run));
  if (!answer) return <Skeleton lines={4} label={`Loading the ${of}`} />;
  return (
    <>
      {count > PAGE && (
        <div class="filters">
          <SearchField label={`Find ${one === "system" ? "a system" : "an address"}`} text={text} onInput={() => (cursors.value = [])} />
        </div>
      )}
      {answer.groups.length === 0 ? (
        <Empty title={`No ${one} has this in its name`} />
      ) : (
        <Table caption={`Progress by ${one}`} columns={columns} rows={answer.groups} rowKey={({ key }) => key} />
      )}
      <Pager cursors={cursors} next={answer.next} found={answer.found} shown={answer.groups.length} one={one} />
    </>
  );
}

function rateWords(bytes: number | undefined): string {
  return bytes === undefined ? "-" : formatBitRate(Math.round(bytes * 8));
}

/** The current budget of a line, with the reason for it as a tooltip. */
function Budget({ address }: { address: AddressView | undefined }) {
  if (address?.budget === undefined) return <>no limit</>;
  return <span title={budgetWords(address)}>{formatBitRate(address.budget)}</span>;
}
