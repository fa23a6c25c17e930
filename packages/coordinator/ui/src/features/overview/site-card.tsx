import { runTotals } from "@sitewright/protocol";
import { failureWords, type Overview, type RunView, type Site, type SystemView } from "@sitewright/protocol/api";
import { Bar } from "../../components/bar.tsx";
import { useFirst } from "../../components/use-first.tsx";
import { Pill, RoleLabels } from "../../components/pill.tsx";
import { now } from "../../api/clock.ts";
import { contentBar } from "../../lib/content-bar.ts";
import { formatAgo } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { latestByUnit, liveUnits, SYSTEM_STATES, systemState, type LatestRun } from "../../lib/system-state.ts";
import { phaseWords } from "../../lib/words.ts";
import { AddressLine } from "./address-line.tsx";

/** Systems of a site that are drawn at once. */
const MOST_SYSTEMS = 50;

/** A site with its address and its systems. */
export function SiteCard({ site, overview, views }: { site: Site; overview: Overview; views: readonly RunView[] }) {
  const systems = overview.systems.filter((system) => system.site === site.code);
  const { shown, more } = useFirst(systems, "system", MOST_SYSTEMS);
  const address = overview.addresses.find(({ key }) => key === site.code);
  return (
    <article class="card site" aria-label={`Site ${site.code}`}>
      <header class="site-head">
        <h3>
          <span class="site-code">{site.code}</span> {site.name}
        </h3>
        <p class="muted">
          {site.type} site{site.parent ? ` of ${site.parent}` : ""} · server {site.server}
        </p>
      </header>
      {address ? <AddressLine address={address} views={views} /> : <p class="address muted">On the coordinator's own network</p>}
      <ul class="systems">
        {shown.map((system) => (
          <SystemLine key={system.name} system={system} views={views} address={overview.addresses.find(({ key }) => key === system.name)} />
        ))}
      </ul>
      {more && <div class="system">{more}</div>}
    </article>
  );
}

function SystemLine({
  system,
  views,
  address,
}: {
  system: SystemView;
  views: readonly RunView[];
  address: Overview["addresses"][number] | undefined;
}) {
  const state = systemState(system, views);
  const latest = latestByUnit(system.name, views);
  const bar = contentBar(runTotals([...latest.values()].flatMap(({ phases }) => phases)));
  return (
    <li class="system">
      <div class="system-head">
        <a class="system-name" href={links.system(system.name)}>
          {system.name}
        </a>
        <RoleLabels roles={system.roles} />
        <Pill look={SYSTEM_STATES[state]} />
      </div>
      {system.roles.length > 0 && (
        <>
          <Bar small bar={bar} label={`Progress of ${system.name}`} />
          <p class="system-note muted">
            <span>{noteOf(system, latest)}</span>
            <span class="nowrap">
              {liveUnits(system)} of {system.assigned.length} units live
            </span>
          </p>
        </>
      )}
      {address && <AddressLine address={address} views={views} />}
    </li>
  );
}

function noteOf(system: SystemView, latest: ReadonlyMap<string, LatestRun>): string {
  if (!system.connected) return system.lastSeen === undefined ? "no agent yet" : `last seen ${formatAgo(system.lastSeen, now.value)}`;
  const phases = [...latest.values()].flatMap((own) => own.phases);
  const working = phases.find(({ state }) => state === "running") ?? phases.find(({ state }) => state === "released");
  if (working) return `${working.unit.name}: ${phaseWords(working)}`;
  const waiting = phases.find(({ state, waitingFor }) => state === "waiting" && waitingFor && waitingFor !== "earlier-phase");
  if (waiting) return phaseWords(waiting);
  return failureWords(phases);
}
