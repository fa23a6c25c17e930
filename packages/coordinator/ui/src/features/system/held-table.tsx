import { unitKey, type Generation, type Held } from "@sitewright/protocol";
import { Empty } from "../../components/page-parts.tsx";
import { Pill, UnitKeyName } from "../../components/pill.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatAgo } from "../../lib/format.ts";
import { generationWords } from "../../lib/generation.ts";
import { links } from "../../lib/route.ts";
import type { LatestRun } from "../../lib/system-state.ts";
import type { SystemView } from "../../lib/types.ts";
import { KINDS, PHASE_STATES } from "../../lib/words.ts";
import { unitRows } from "../../lib/unit-rows.ts";
import { now } from "../../api/clock.ts";

interface Row {
  key: string;
  held: Held | undefined;
  assigned: boolean;
  latest: LatestRun | undefined;
}

const COLUMNS: readonly Column<Row>[] = [
  { head: "Unit", rowHead: true, value: ({ key }) => <UnitKeyName unitKey={key} /> },
  { head: "Assigned", value: ({ assigned }) => (assigned ? "yes" : <span class="warn-text">no</span>) },
  { head: "Served", value: ({ held }) => (held?.live ? <GenerationOf generation={held.live.generation} /> : "nothing yet") },
  { head: "Staged", value: ({ held }) => (held?.staged ? <GenerationOf generation={held.staged.generation} /> : "-") },
  { head: "Previous", value: ({ held }) => (held?.previous ? "kept" : "-") },
  { head: "Source version", numeric: true, value: ({ held }) => (held && held.sourceVersion > 0 ? held.sourceVersion : "-") },
  { head: "Last outcome", wide: true, value: Outcome },
];

/** What a system serves or should serve; assigned units first. */
export function HeldTable({ system, latest }: { system: SystemView; latest: ReadonlyMap<string, LatestRun> }) {
  const held = new Map(system.held.map((one) => [unitKey(one.unit), one]));
  const keys = [...new Set([...system.assigned, ...held.keys()])].sort();
  const rows = keys.map((key): Row => ({ key, held: held.get(key), assigned: system.assigned.includes(key), latest: latest.get(key) }));
  rows.sort((a, b) => Number(b.assigned) - Number(a.assigned));
  if (rows.length === 0)
    return (
      <Empty title="Nothing is assigned to this system">
        <p class="muted">Name it in a package's distributionPoints, or give it a role in hierarchy.yaml.</p>
      </Empty>
    );
  return <Table caption={`Units of ${system.name}`} columns={COLUMNS} rows={rows} rowKey={({ key }) => key} />;
}

function GenerationOf({ generation }: { generation: Generation }) {
  const { short, exact } = generationWords(generation);
  return (
    <span class="nowrap" title={`generation ${exact}`}>
      {short}
    </span>
  );
}

function Outcome({ latest }: Row) {
  const [row] = latest ? unitRows(latest.phases) : [];
  if (!latest || !row) return <span class="muted">none in the last runs</span>;
  const { run } = latest.view;
  return (
    <span class="outcome">
      <Pill look={PHASE_STATES[row.state]} />
      <a href={links.run(run.id)}>
        {KINDS[run.kind]}, {formatAgo(row.current.endedAt ?? run.createdAt, now.value)}
      </a>
    </span>
  );
}
