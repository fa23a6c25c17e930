import type { Command } from "commander";
import { SitewrightError } from "@sitewright/protocol";
import type { MissingSource } from "@sitewright/protocol/api";
import { call } from "../api-client.ts";
import { connect } from "../connect.ts";
import { renderTable } from "../render/table.ts";
import { withCommonOptions, type CommonOptions } from "../selection-options.ts";
import { print } from "@sitewright/node-kit/output";

const NOTE = `
What existed and is missing counts as unreadable: its units are left out, and nothing is emptied or filled from elsewhere, until it is
back or an operator accepts that it is missing:
  sitewright source list
  sitewright source accept packages/ABC00012`;

/** source list, accept: what is missing in the site data, and accepting that. */
export function addSource(program: Command): void {
  const source = program.command("source").description("list what is missing in the site data, and accept that it is missing");
  source.addHelpText("after", NOTE);
  withCommonOptions(source.command("list").description("what existed in the site data, or should exist, and is missing")).action(
    async (options: CommonOptions) => {
      const missing = await call<MissingSource[]>(connect(options), "GET", "/api/v1/sources/missing");
      if (options.json) print(JSON.stringify(missing));
      else print(missing.length > 0 ? renderMissing(missing) : "nothing is missing in the site data");
    },
  );
  const accept = source.command("accept").argument("[place...]", "below the site data, as 'sitewright source list' names it");
  accept.description("what is missing there is legitimately missing: from now on, units are rebuilt from what the place holds");
  accept.option("--all", "everything that is missing now");
  withCommonOptions(accept).action(async (places: string[], options: CommonOptions & { all?: boolean }) => {
    if (places.length > 0 === (options.all === true))
      throw new SitewrightError(
        "BAD_REQUEST",
        "say what is legitimately missing: name places ('sitewright source list' shows them), or --all",
      );
    const body = options.all ? { all: true } : { places };
    const accepted = await call<MissingSource[]>(connect(options), "POST", "/api/v1/sources/accept", body);
    if (options.json) print(JSON.stringify(accepted));
    else for (const { place, units } of accepted) print(`accepted: ${place} (${units.join(", ")})`);
  });
}

function renderMissing(missing: readonly MissingSource[]): string {
  return renderTable<MissingSource>(
    [
      { head: "place", value: ({ place }) => place },
      { head: "units", align: "right", value: ({ units }) => String(units.length) },
      { head: "", value: ({ message }) => message },
    ],
    missing,
  );
}
