import type { Command } from "commander";
import { call } from "../api-client.ts";
import { connect } from "../connect.ts";
import { withCommonOptions, type CommonOptions } from "../selection-options.ts";
import { print, tell } from "@sitewright/node-kit/output";

export function addToken(program: Command): void {
  const token = program.command("token").description("make the tokens by which agents join");
  const create = token
    .command("create")
    .description("make a token that joins one system, once, within an hour")
    .requiredOption("--system <name>", "the system that will join");
  withCommonOptions(create).action(async (options: CommonOptions & { system: string }) => {
    const made = await call<{ token: string; expiresAt: number }>(connect(options), "POST", "/api/v1/join-tokens", {
      system: options.system,
    });
    print(options.json ? JSON.stringify(made) : made.token);
    if (!options.json)
      tell(
        `valid once, until ${new Date(made.expiresAt).toLocaleTimeString()}: give it to 'sitewright-agent join' by --token-file, standard input or SITEWRIGHT_JOIN_TOKEN`,
      );
  });
}
