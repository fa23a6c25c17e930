import type { Command } from "commander";
import { call } from "../api-client.ts";
import { connect } from "../connect.ts";
import { withCommonOptions, type CommonOptions } from "../selection-options.ts";
import { print } from "@sitewright/node-kit/output";

export function addLink(program: Command): void {
  withCommonOptions(
    program.command("link").description("make a link that signs a browser in to the user interface, once, within 10 minutes"),
  ).action(async (options: CommonOptions) => {
    const connection = connect(options);
    const made = await call<{ code: string; url: string; expiresAt: number }>(connection, "POST", "/api/v1/sign-in-codes");
    const url = `${connection.pageUrl.origin}/#/sign-in/${made.code}`;
    print(options.json ? JSON.stringify({ ...made, url }) : url);
  });
}
