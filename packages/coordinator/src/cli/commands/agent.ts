import type { Command } from "commander";
import type { AgentEntry } from "@sitewright/protocol/api";
import { call } from "../api-client.ts";
import { addAgentUpdate } from "./agent-update.ts";
import { connect } from "../connect.ts";
import { renderTable } from "../render/table.ts";
import { withCommonOptions, type CommonOptions } from "../selection-options.ts";
import { print, tell } from "@sitewright/node-kit/output";

/** agent list, update, revoke: which agents may connect, and which version they are. */
export function addAgent(program: Command): void {
  const agent = program.command("agent").description("show which agents have joined, update them, and shut one out");
  withCommonOptions(agent.command("list").description("every system with its agent: connected, away, not joined, or removed")).action(
    async (options: CommonOptions) => {
      const agents = await call<AgentEntry[]>(connect(options), "GET", "/api/v1/agents");
      print(options.json ? JSON.stringify(agents) : renderAgents(agents));
    },
  );
  addAgentUpdate(agent);
  const revoke = agent
    .command("revoke")
    .argument("<system>", "the system whose agent is shut out")
    .description("forget the key of an agent and its join tokens, and end its connection, its content and its orders at once");
  withCommonOptions(revoke).action(async (system: string, options: CommonOptions) => {
    const path = `/api/v1/agents/${encodeURIComponent(system)}/revoke`;
    const done = await call<{ system: string; hadJoined: boolean }>(connect(options), "POST", path);
    if (options.json) return print(JSON.stringify(done));
    print(done.hadJoined ? `${system} is shut out` : `${system} had not joined; tokens made for it are no longer valid`);
    tell(`to let it in again: sitewright token create --system ${system}`);
  });
}

function renderAgents(agents: AgentEntry[]): string {
  return renderTable<AgentEntry>(
    [
      { head: "system", value: ({ system }) => system },
      { head: "agent", value: ({ state }) => state },
      { head: "joined", value: ({ joinedAt }) => time(joinedAt) },
      { head: "last seen", value: ({ lastSeen }) => time(lastSeen) },
      { head: "version", value: ({ version = "" }) => version },
    ],
    agents,
  );
}

function time(ms: number | undefined): string {
  return ms === undefined ? "" : new Date(ms).toLocaleString(undefined, { dateStyle: "short", timeStyle: "medium" });
}
