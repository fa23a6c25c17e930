import type { Command } from "commander";
import type { CoordinatorMember, Overview } from "@sitewright/protocol/api";
import { call } from "../api-client.ts";
import { connect } from "../connect.ts";
import { EXIT } from "../exit-codes.ts";
import { renderOverview, type Listed } from "../render/overview-text.ts";
import { renderTable } from "../render/table.ts";
import { withCommonOptions, type CommonOptions } from "../selection-options.ts";
import { print } from "@sitewright/node-kit/output";

interface StatusOptions extends CommonOptions, Listed {}

export function addStatus(program: Command): void {
  withCommonOptions(program.command("status").description("the hierarchy, its systems and what they hold, and the last runs"))
    .option("--find <text>", "only systems with this in their name or the code of their site")
    .option("--all-systems", "every system, however many there are")
    .action(async (options: StatusOptions) => {
      const connection = connect(options);
      const overview = await call<Overview>(connection, "GET", "/api/v1/overview");
      const members = await call<CoordinatorMember[]>(connection, "GET", "/api/v1/coordinators");
      print(options.json ? JSON.stringify(overview) : [renderOverview(overview, options), ...renderMembers(members)].join("\n\n"));
      if (overview.siteData.fault) process.exitCode = EXIT.failed;
    });
}

function stateOf({ leads, serves }: CoordinatorMember): string {
  if (leads) return "leads";
  return serves ? "stands by, serves content" : "stands by";
}

/** One that is alone is not listed. */
function renderMembers(members: readonly CoordinatorMember[]): string[] {
  if (members.length < 2) return [];
  const columns = [
    { head: "coordinator", value: ({ url }: CoordinatorMember) => url },
    { head: "machine", value: ({ host }: CoordinatorMember) => host },
    { head: "state", value: stateOf },
  ];
  return [renderTable(columns, members)];
}
