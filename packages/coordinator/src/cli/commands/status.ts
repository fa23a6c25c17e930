import type { Command } from "commander";
import { needsMending } from "@sitewright/protocol";
import { formatBitRate, type CoordinatorMember, type Overview, type SiteDataFault, type Run } from "@sitewright/protocol/api";
import { call } from "../api-client.ts";
import { connect } from "../connect.ts";
import { EXIT } from "../exit-codes.ts";
import { problemLine } from "../render/run-lines.ts";
import { renderTable } from "../render/table.ts";
import { withCommonOptions, type CommonOptions } from "../selection-options.ts";
import { print } from "@sitewright/node-kit/output";

export function addStatus(program: Command): void {
  withCommonOptions(program.command("status").description("the hierarchy, its systems and what they hold, and the last runs")).action(
    async (options: CommonOptions) => {
      const connection = connect(options);
      const overview = await call<Overview>(connection, "GET", "/api/v1/overview");
      const members = await call<CoordinatorMember[]>(connection, "GET", "/api/v1/coordinators");
      print(options.json ? JSON.stringify(overview) : [renderOverview(overview), ...renderMembers(members)].join("\n\n"));
      if (overview.siteData.fault) process.exitCode = EXIT.failed;
    },
  );
}

function renderOverview({ systems, addresses, problems, runs, siteData }: Overview): string {
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
  const warnings = systems.flatMap(({ name, warnings: texts = [] }) => texts.map((text) => `${name}: ${text}`));
  return [
    ...(systems.length > 0 ? [systemTable] : []),
    ...(fault === undefined ? [] : [fault]),
    ...(warnings.length > 0 ? [warnings.join("\n")] : []),
    ...(troubles.length > 0 ? [troubles.join("\n")] : []),
    ...(addresses.length > 0 ? [addressTable] : []),
    ...(runs.length > 0 ? [runTable] : []),
  ].join("\n\n");
}

/** One that is alone is not listed. */
function renderMembers(members: readonly CoordinatorMember[]): string[] {
  if (members.length < 2) return [];
  const columns = [
    { head: "coordinator", value: ({ url }: CoordinatorMember) => url },
    { head: "machine", value: ({ host }: CoordinatorMember) => host },
    { head: "state", value: ({ leads }: CoordinatorMember) => (leads ? "leads" : "stands by") },
  ];
  return [renderTable(columns, members)];
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
