import { failedWords, type SitePage, type SystemCard } from "@sitewright/protocol/api";
import { Bar } from "../../components/bar.tsx";
import { Pill, RoleLabels } from "../../components/pill.tsx";
import { now } from "../../api/clock.ts";
import { contentBar } from "../../lib/content-bar.ts";
import { formatAgo, plural } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { phaseWords, SYSTEM_LOOKS } from "../../lib/words.ts";
import { AddressLine } from "./address-line.tsx";

/** A site with its address and its systems. */
export function SiteCard({ site, systems, systemCount, address }: SitePage["sites"][number]) {
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
      {address ? <AddressLine address={address} /> : <p class="address muted">On the coordinator's own network</p>}
      <ul class="systems">
        {systems.map((system) => (
          <SystemLine key={system.name} system={system} />
        ))}
      </ul>
      {systemCount > systems.length && (
        <p class="system muted">and {plural(systemCount - systems.length, "more", "more")}: find them by name</p>
      )}
    </article>
  );
}

function SystemLine({ system }: { system: SystemCard }) {
  const { name, roles, state, work, live, units, address } = system;
  return (
    <li class="system">
      <div class="system-head">
        <a class="system-name" href={links.system(name)}>
          {name}
        </a>
        <RoleLabels roles={roles} />
        <Pill look={SYSTEM_LOOKS[state]} />
      </div>
      {roles.length > 0 && (
        <>
          {work ? (
            <Bar small bar={contentBar(work.totals)} label={`Progress of ${name}`} />
          ) : (
            <Bar small bar={NOTHING} label={`Progress of ${name}`} />
          )}
          <p class="system-note muted">
            <span>{noteOf(system)}</span>
            <span class="nowrap">
              {live} of {plural(units, "unit")} live
            </span>
          </p>
        </>
      )}
      {address && <AddressLine address={address} />}
    </li>
  );
}

const NOTHING = { total: 0, reused: 0, sent: 0, remaining: 0, unit: "steps", share: 0 } as const;

function noteOf({ connected, lastSeen, work }: SystemCard): string {
  if (!connected) return lastSeen === undefined ? "no agent yet" : `last seen ${formatAgo(lastSeen, now.value)}`;
  if (!work) return "";
  if (work.now && work.now.state !== "waiting") return `${work.now.unit.name}: ${phaseWords(work.now)}`;
  return work.now ? phaseWords(work.now) : failedWords(work.totals);
}
