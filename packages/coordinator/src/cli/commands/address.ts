import type { Command } from "commander";
import { SitewrightError } from "@sitewright/protocol";
import type { AddressDetails, AddressStatus, AddressPatch } from "@sitewright/protocol/api";
import { call, type Connection } from "../api-client.ts";
import { connect } from "../connect.ts";
import { renderAddress, renderAddresses } from "../render/address-text.ts";
import { withCommonOptions, type CommonOptions } from "../selection-options.ts";
import { print } from "@sitewright/node-kit/output";

interface SetOptions extends CommonOptions {
  bandwidth?: string;
  rateLimit?: string;
  schedule?: string;
}

const KEY = "the site whose address it is, or the system that has one of its own";
const NOTE = `
What is set lies over hierarchy.yaml, is in force within 2 seconds, also in running transfers, and stays until 'reset'.
The words are those of hierarchy.yaml; an empty text takes a rate limit or a schedule away:
  sitewright address set SEC --bandwidth "2 Mbit/s" --rate-limit "08-18=25%,18-08=100%"
  sitewright address set SEC --schedule "Mon-Fri 08-18=high; Sat,Sun 00-24=all"`;

/** address list, show, set, reset, pause, resume: the lines to other sites, changed while they are in use. */
export function addAddress(program: Command): void {
  const address = program
    .command("address")
    .description("show and change the lines to other sites while they are in use")
    .addHelpText("after", NOTE);
  withCommonOptions(address.command("list").description("every address with its budget, its window and its current traffic")).action(
    async (options: CommonOptions) => {
      const all = await call<AddressStatus[]>(connect(options), "GET", "/api/v1/addresses");
      print(options.json ? JSON.stringify(all) : renderAddresses(all, Date.now()));
    },
  );
  keyed(address, "show", "what the file says, which settings override it, and who changed what", (connection, key) =>
    call<AddressDetails>(connection, "GET", pathOf(key)),
  );
  const set = address.command("set").argument("<key>", KEY).description("override settings of hierarchy.yaml");
  set
    .option("--bandwidth <rate>", 'what the line carries, such as "2 Mbit/s"')
    .option("--rate-limit <spec>", 'by hours of the day, such as "08-18=25%,18-08=100%"')
    .option("--schedule <spec>", 'what may be sent when, such as "Mon-Fri 08-18=high; Sat,Sun 00-24=all"');
  withCommonOptions(set).action(async (key: string, options: SetOptions) => {
    const patch = patchOf(options);
    show(await call<AddressDetails>(connect(options), "PATCH", pathOf(key), patch), options.json ?? false);
  });
  keyed(address, "reset", "return to the values of hierarchy.yaml", (connection, key) =>
    call<AddressDetails>(connection, "DELETE", `${pathOf(key)}/override`),
  );
  keyed(address, "pause", "send nothing over it until 'resume'", (connection, key) => steer(connection, "pause", key));
  keyed(address, "resume", "let it send again", (connection, key) => steer(connection, "resume", key));
}

/** For `sitewright pause --address SEC`, and `resume`. */
export async function steerAddress(connection: Connection, verb: "pause" | "resume", key: string, json: boolean): Promise<void> {
  show(await steer(connection, verb, key), json);
}

function keyed(
  parent: Command,
  name: string,
  description: string,
  ask: (connection: Connection, key: string) => Promise<AddressDetails>,
): void {
  withCommonOptions(parent.command(name).argument("<key>", KEY).description(description)).action(
    async (key: string, options: CommonOptions) => show(await ask(connect(options), key), options.json ?? false),
  );
}

function steer(connection: Connection, verb: "pause" | "resume", key: string): Promise<AddressDetails> {
  return call<AddressDetails>(connection, "POST", `${pathOf(key)}/${verb}`);
}

function show(details: AddressDetails, json: boolean): void {
  print(json ? JSON.stringify(details) : renderAddress(details, Date.now()));
}

function patchOf({ bandwidth, rateLimit, schedule }: SetOptions): AddressPatch {
  const patch: AddressPatch = {
    ...(bandwidth === undefined ? {} : { bandwidth }),
    ...(rateLimit === undefined ? {} : { rateLimit: parseHourSpec("--rate-limit", rateLimit) }),
    ...(schedule === undefined ? {} : { schedule: parseHourSpec("--schedule", schedule) }),
  };
  if (Object.keys(patch).length === 0)
    throw new SitewrightError("BAD_REQUEST", "nothing to set: name --bandwidth, --rate-limit or --schedule");
  return patch;
}

function pathOf(key: string): string {
  return `/api/v1/addresses/${encodeURIComponent(key)}`;
}

/**
 * A table by hours as one argument: `08-18=25%,18-08=100%` or `Mon-Fri 08-18=high; Sat,Sun 00-24=all`; empty: no entry. The coordinator
 * checks the values. Throws `BAD_REQUEST` for another form.
 */
export function parseHourSpec(option: string, text: string): Record<string, string> {
  const table: Record<string, string> = {};
  for (const part of split(text)) {
    const [, hours = "", value = ""] = /^([^=]+)=([^=]+)$/.exec(part) ?? [];
    if (hours.trim() === "" || value.trim() === "")
      throw new SitewrightError("BAD_REQUEST", `${option}: "${part}" is not understood: write hours=value, as in "08-18=25%"`);
    const key = hours.trim().replaceAll(/\s+/g, " ");
    if (key in table) throw new SitewrightError("BAD_REQUEST", `${option}: "${key}" occurs there twice: leave out one of them`);
    table[key] = value.trim();
  }
  return table;
}

/** Entries end with `;` or a comma; a comma between days, before any value, belongs to their list. */
function split(text: string): string[] {
  return text.split(";").flatMap((part) => {
    const entries: string[] = [];
    let days = "";
    for (const piece of part.split(",")) {
      if (piece.includes("=")) {
        entries.push(days + piece.trim());
        days = "";
      } else if (piece.trim() !== "") days += `${piece.trim()},`;
    }
    return days === "" ? entries : [...entries, days.slice(0, -1)];
  });
}
