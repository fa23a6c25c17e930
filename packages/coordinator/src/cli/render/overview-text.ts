import { needsMending, plural } from "@sitewright/protocol";
import { formatBitRate, type Overview, type Run, type SiteDataFault } from "@sitewright/protocol/api";
import { problemLine, shortened } from "./run-lines.ts";
import { renderTable } from "./table.ts";

/** Which systems are listed. */
export interface Listed {
  /** Part of the name of a system or of the code of its site. */
  find?: string;
  allSystems?: boolean;
}

/** Systems that are listed unless all are asked for. */
const MOST_SYSTEMS = 50;
/** Warnings and findings, each: more of them tell nothing new. */
const MOST_LINES = 50;

export function renderOverview(
  { systems: all, addresses, problems, runs, siteData }: Overview,
  { find = "", allSystems }: Listed = {},
): string {
  const wanted = find.trim().toLowerCase();
  const found = all.filter(({ name, site }) => `${site} ${name}`.toLowerCase().includes(wanted));
  const systems = allSystems || found.length <= MOST_SYSTEMS ? found : awayFirst(found).slice(0, MOST_SYSTEMS);
  const left = found.length - systems.length;
  const systemTable = renderTable<Overview["systems"][number]>(
    [
      { head: "site", value: (system) => system.site },
      { head: "system", value: (system) => system.name },
      { head: "roles", value: (system) => system.roles.join(", ") },
      {
        head: "agent",
        value: (system) => (system.connected ? "connected" : system.lastSeen ? `away since ${time(system.lastSeen)}` : "never seen"),
      },
      { head: "units live", align: "right", value: ({ live, units }) => `${live}/${units}` },
    ],
    systems,
  );
  const addressTable = renderTable<Overview["addresses"][number]>(
    [
      { head: "address", value: (address) => address.key },
      {
        head: "bandwidth",
        align: "right",
        value: (address) => (address.bandwidth === undefined ? "unlimited" : formatBitRate(address.bandwidth)),
      },
      {
        head: "in force now",
        align: "right",
        value: ({ paused, budget }) => (paused ? "paused" : budget === undefined ? "unlimited" : formatBitRate(budget)),
      },
    ],
    addresses,
  );
  const runTable = renderTable<Run>(
    [
      { head: "run", value: (run) => run.id },
      { head: "kind", value: (run) => run.kind },
      { head: "state", value: (run) => run.state },
      { head: "started", value: (run) => time(run.createdAt) },
    ],
    runs,
  );
  const fault = siteData.fault && renderFault(siteData.fault, siteData.readAt);
  const troubles = problems.filter(needsMending).map(problemLine);
  const warnings = found.flatMap(({ name, warnings: texts = [] }) => texts.map((text) => `${name}: ${text}`));
  return [
    ...(systems.length > 0 ? [systemTable] : all.length > 0 ? [`no system has "${find}" in its name or its site's code`] : []),
    ...(left > 0 ? [`... and ${plural(left, "more system")}: --find TEXT lists those with it in their name, --all-systems lists all`] : []),
    ...(fault === undefined ? [] : [fault]),
    ...(warnings.length > 0 ? [shortened(warnings, MOST_LINES, "warning").join("\n")] : []),
    ...(troubles.length > 0 ? [shortened(troubles, MOST_LINES, "finding").join("\n")] : []),
    ...(addresses.length > 0 ? [addressTable] : []),
    ...(runs.length > 0 ? [runTable] : []),
  ].join("\n\n");
}

/** Systems with roles whose agents are away come first. */
function awayFirst(systems: Overview["systems"]): Overview["systems"] {
  const isAway = ({ connected, roles }: Overview["systems"][number]): boolean => !connected && roles.length > 0;
  return [...systems.filter(isAway), ...systems.filter((system) => !isAway(system))];
}

function renderFault({ since, code, message }: SiteDataFault, readAt: number | undefined): string {
  const stays =
    readAt === undefined
      ? "no agent may connect before they are mended"
      : "the last valid reading stays in force, and no run can be started";
  const lines = message.split("\n").map((line) => `  ${line}`);
  return [`the site data cannot be used since ${time(since)}: ${stays}: ${code}:`, ...lines].join("\n");
}

function time(ms: number): string {
  return new Date(ms).toLocaleString(undefined, { dateStyle: "short", timeStyle: "medium" });
}
