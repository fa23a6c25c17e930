import { useSignal } from "@preact/signals";
import { now } from "../../api/clock.ts";
import { go } from "../../api/location.ts";
import { revokeAgent, startRun } from "../../api/operations.ts";
import { useLive, type Touched } from "../../api/reload.ts";
import { overview, tellRun } from "../../api/store.ts";
import { Action } from "../../components/action.tsx";
import { LogLines } from "../../components/log-lines.tsx";
import { Empty, Section, Skeleton } from "../../components/page-parts.tsx";
import { Pill, RoleLabels, UnitKeyName } from "../../components/pill.tsx";
import { formatAgo, formatMoment } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { JoinHelp } from "./join-help.tsx";
import { UpdateAgent } from "./update-agent.tsx";
import { AddressLine } from "../overview/address-line.tsx";
import { RUN_KINDS, unitKey, type Generation, type Held, formatGeneration } from "@sitewright/protocol";
import type { SystemDetails } from "@sitewright/protocol/api";
import { Table, type Column } from "../../components/table.tsx";
import { phaseLook, SYSTEM_LOOKS } from "../../lib/words.ts";

interface Row {
  key: string;
  held: Held | undefined;
  assigned: boolean;
  latest: SystemDetails["latest"][number] | undefined;
}

const COLUMNS: readonly Column<Row>[] = [
  { head: "Unit", rowHead: true, value: ({ key }) => <UnitKeyName unitKey={key} /> },
  { head: "Assigned", value: ({ assigned }) => (assigned ? "yes" : <span class="warn-text">no</span>) },
  { head: "Served", value: ({ held }) => (held?.live ? <GenerationOf generation={held.live.generation} /> : "nothing yet") },
  { head: "Staged", value: ({ held }) => (held?.staged ? <GenerationOf generation={held.staged.generation} /> : "-") },
  { head: "Previous", value: ({ held }) => (held?.previous ? "kept for its grace time" : "-") },
  { head: "Source version", numeric: true, value: ({ held }) => (held && held.sourceVersion > 0 ? held.sourceVersion : "-") },
  { head: "Last outcome", wide: true, value: Outcome },
];

/** What a system serves or should serve; assigned units first. */
function HeldTable({ system }: { system: SystemDetails }) {
  const latest = new Map(system.latest.map((one) => [one.unit, one]));
  const assigned = new Set(system.assigned);
  const held = new Map(system.held.map((one) => [unitKey(one.unit), one]));
  const keys = [...new Set([...system.assigned, ...held.keys()])].sort();
  const rows = keys.map((key): Row => ({ key, held: held.get(key), assigned: assigned.has(key), latest: latest.get(key) }));
  rows.sort((a, b) => Number(b.assigned) - Number(a.assigned));
  if (rows.length === 0)
    return (
      <Empty title="Nothing is assigned to this system">
        <p class="muted">Name it in a package's distributionPoints, or give it a role in hierarchy.yaml.</p>
      </Empty>
    );
  return <Table caption={`Units of ${system.name}`} columns={COLUMNS} rows={rows} rowKey={({ key }) => key} one="unit" />;
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
  if (!latest) return <span class="muted">none in the last runs</span>;
  const { run, phase } = latest;
  return (
    <span class="outcome">
      <Pill look={phaseLook(phase)} />
      <a href={links.run(run.id)}>
        {RUN_KINDS[run.kind].label}, {formatAgo(phase.endedAt ?? run.createdAt, now.value)}
      </a>
    </span>
  );
}

/** Assigned units of which a generation is served. */
function liveUnits({ assigned, held }: SystemDetails): number {
  const wanted = new Set(assigned);
  return held.filter(({ unit, live }) => live && wanted.has(unitKey(unit))).length;
}

export function SystemPage({ name }: { name: string }) {
  const concerns = ({ all, systems }: Touched): boolean => all || systems.has(name);
  const { answer, missing } = useLive<SystemDetails>(`/api/v1/overview/systems/${encodeURIComponent(name)}`, concerns);
  if (missing)
    return (
      <Empty title={`The hierarchy has no system ${name}`}>
        <a href={links.overview}>See the hierarchy</a>
      </Empty>
    );
  if (answer?.name !== name)
    return (
      <div class="card">
        <Skeleton lines={8} label="Loading the system" />
      </div>
    );
  return <System system={answer} />;
}

function System({ system }: { system: SystemDetails }) {
  const turn = useSignal(0);
  const site = overview.value?.sites.find(({ code }) => code === system.site);
  const address =
    overview.value?.addresses.find(({ key }) => key === system.name) ?? overview.value?.addresses.find(({ key }) => key === system.site);
  return (
    <>
      <div class="page-head">
        <h1>{system.name}</h1>
        <Pill look={SYSTEM_LOOKS[system.state]} />
        <div class="actions">
          <Action label="Verify now" disabled={system.assigned.length === 0} act={() => start("verify", system.name)} />
          <Action
            label="Repair"
            disabled={system.assigned.length === 0}
            act={() => start("repair", system.name)}
            question={{
              title: `Repair ${system.name}?`,
              text: (
                <p>Every byte that it serves is verified first. What is wrong is put right; units that are right are left as they are.</p>
              ),
              yes: "Repair it",
            }}
          />
          {system.connected && <UpdateAgent system={system.name} version={system.version} />}
          {(system.connected || system.lastSeen !== undefined) && (
            <Action
              label="Revoke agent"
              kind="danger"
              act={() => revokeAgent(system.name)}
              question={{
                title: `Revoke the agent of ${system.name}?`,
                text: (
                  <p>
                    Its connection ends, its open orders are cancelled, and its key is no longer valid. What the system serves stays. To
                    connect again it has to join with a new token.
                  </p>
                ),
                yes: "Revoke it",
              }}
            />
          )}
          {overview.value?.sites.some(({ server }) => server === system.name) && (
            <a class="button button-quiet" href={links.backup(system.name)}>
              Backups of the site
            </a>
          )}
          <a class="button button-primary" href={links.startSystem(system.name)}>
            Rebuild this system
          </a>
        </div>
      </div>
      {!system.connected && system.lastSeen === undefined && <JoinHelp system={system.name} />}
      <div class="card">
        <dl class="facts">
          <Fact name="Site">
            {system.site} {site?.name}
          </Fact>
          <Fact name="Roles">{system.roles.length > 0 ? <RoleLabels roles={system.roles} /> : "none"}</Fact>
          <Fact name="Agent">{connectionWords(system)}</Fact>
          <Fact name="Version">
            {system.version ? `${system.version} on ${system.platform ?? "an unknown platform"}` : "known once it is connected"}
          </Fact>
          {system.switching !== undefined && <Fact name="Activation">{system.switching}</Fact>}
          <Fact name="Units">
            {liveUnits(system)} of {system.assigned.length} live
          </Fact>
        </dl>
        {address ? <AddressLine address={address} /> : <p class="address muted">On the coordinator's own network</p>}
      </div>
      <Section title="Units">
        <HeldTable system={system} />
      </Section>
      <Section
        title="Log"
        aside={
          <button type="button" class="button button-quiet" onClick={() => (turn.value += 1)}>
            Read again
          </button>
        }
      >
        <LogLines about={{ system: system.name }} turn={turn.value} />
      </Section>
    </>
  );
}

async function start(kind: "verify" | "repair", name: string): Promise<void> {
  const run = await startRun(kind, { systems: [name], full: true });
  tellRun(run);
  go(links.run(run.id));
}

function connectionWords({ connected, since, lastSeen }: SystemDetails): string {
  if (connected) return since === undefined ? "connected" : `connected since ${formatMoment(since)}`;
  return lastSeen === undefined ? "has never connected" : `away, last seen ${formatAgo(lastSeen, now.value)}`;
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Generations count in microseconds since 1970, so each shows when it was planned. */
function generationWords(generation: Generation): { short: string; exact: string } {
  return { short: formatMoment(generation.counter / 1000), exact: formatGeneration(generation) };
}
