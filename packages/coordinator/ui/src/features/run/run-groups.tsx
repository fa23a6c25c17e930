import { failureWords } from "../../../../src/domain/findings.ts";
import { ENDED_WELL } from "../../../../src/domain/run.ts";
import { stepsSettled } from "../../../../src/domain/totals.ts";
import { rates } from "../../api/clock.ts";
import { Bar } from "../../components/bar.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatBitRate, formatBytes } from "../../lib/format.ts";
import { lineOf } from "../../lib/rate.ts";
import { links } from "../../lib/route.ts";
import type { AddressView, Phase, Run } from "../../lib/types.ts";
import { groupPhases, type Group } from "../../lib/unit-rows.ts";
import { PHASE_STATES, phaseWords } from "../../lib/words.ts";
import { budgetWords } from "../overview/address-line.tsx";

const PROGRESS: Column<Group> = {
  head: "Progress",
  wide: true,
  value: (group) => <Bar small bar={group.bar} label={`Progress of ${group.key || "the own network"}`} />,
};
const STEPS: Column<Group> = { head: "Steps", numeric: true, value: ({ totals }) => `${stepsSettled(totals)} / ${totals.phases}` };
const SENT: Column<Group> = { head: "Sent", numeric: true, value: ({ totals }) => formatBytes(totals.wireBytes) };

const SYSTEM_COLUMNS: readonly Column<Group>[] = [
  { head: "System", rowHead: true, value: ({ key }) => <a href={links.system(key)}>{key}</a> },
  PROGRESS,
  STEPS,
  SENT,
  { head: "Reused", numeric: true, value: ({ totals }) => formatBytes(totals.reusedBytes) },
  { head: "Now", value: ({ phases }) => <span class="muted nowrap">{nowWords(phases)}</span> },
];

export function SystemTable({ phases }: { phases: readonly Phase[] }) {
  return (
    <Table
      caption="Progress by system"
      columns={SYSTEM_COLUMNS}
      rows={groupPhases(phases, ({ system }) => system)}
      rowKey={({ key }) => key}
    />
  );
}

function nowWords(phases: readonly Phase[]): string {
  const working = phases.find(({ state }) => state === "running");
  if (working) return `${PHASE_STATES.running.word}: ${working.unit.name}`;
  const failures = failureWords(phases);
  if (failures !== "") return failures;
  const waiting = phases.find(({ state, waitingFor }) => state === "waiting" && waitingFor !== undefined && waitingFor !== "earlier-phase");
  if (waiting) return phaseWords(waiting);
  return phases.every(({ state }) => ENDED_WELL.has(state)) ? "done" : "";
}

/** The lines that this run's bytes cross, with what they may carry. */
export function AddressTable({ run, phases, addresses }: { run: Run; phases: readonly Phase[]; addresses: readonly AddressView[] }) {
  const lines = rates.value.get(run.id);
  const columns: readonly Column<Group>[] = [
    { head: "Address", rowHead: true, value: ({ key }) => key || "own network" },
    PROGRESS,
    { head: "Rate", numeric: true, value: ({ key }) => (run.endedAt === undefined ? rateWords(lines?.get(key)?.wire) : "-") },
    { head: "Budget now", numeric: true, value: ({ key }) => <Budget address={addresses.find((address) => address.key === key)} /> },
    SENT,
  ];
  return <Table caption="Progress by address" columns={columns} rows={groupPhases(phases, lineOf)} rowKey={({ key }) => key} />;
}

function rateWords(bytes: number | undefined): string {
  return bytes === undefined ? "-" : formatBitRate(Math.round(bytes * 8));
}

/** What may cross a line now; why it is not more, for those who ask. */
function Budget({ address }: { address: AddressView | undefined }) {
  if (address?.budget === undefined) return <>no limit</>;
  return <span title={budgetWords(address)}>{formatBitRate(address.budget)}</span>;
}
