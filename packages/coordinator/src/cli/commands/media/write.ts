import { existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { decodeMediaNeeds, decodeSigned, MEDIUM_LIMITS, SitewrightError, plural } from "@sitewright/protocol";
import { formatBytes, type MediaPlan, type MediaRequest } from "@sitewright/protocol/api";
import { readWhole } from "@sitewright/node-kit/medium-files";
import { print, tell } from "@sitewright/node-kit/output";
import { call } from "../../api-client.ts";
import { connect, dataDirOf } from "../../connect.ts";
import { EXIT } from "../../exit-codes.ts";
import { parseCourier, parseSize, type CourierOptions } from "../../media/courier.ts";
import { fillCourier, type Filled } from "../../media/fill-courier.ts";
import { renderMediaPlan, troubleLines } from "../../render/media-text.ts";
import { collect, selectionOf, withCommonOptions, withSelection, type SelectionOptions } from "../../selection-options.ts";
import type { MediaTools, WriteMedium } from "./tools.ts";

interface WriteOptions extends SelectionOptions, CourierOptions {
  needs?: string[];
  volumeSize?: string;
  parity?: true;
  encrypt?: true;
  tools?: string;
  recovery?: string;
  rehash?: true;
  acceptOlder?: true;
  all?: true;
}

/** media plan, write. */
export function addWriting(media: Command, tools: MediaTools): void {
  const plan = withSelection(media.command("plan").description("what would go by a medium and what by the line; changes nothing"));
  withCommonOptions(writing(plan)).action((options: WriteOptions) => planMedium(options, tools));
  const write = withSelection(media.command("write").description("write a medium: its volumes become folders, each of which is checked"));
  write.argument("<folder>", "where to; for a stick its own folder, for disks one from which they are burned");
  withCommonOptions(writing(write)).action((to: string, options: WriteOptions) => writeMedium(to, options, tools));
}

function writing(command: Command): Command {
  return command
    .option("--needs <file>", "what a target stated with 'sitewright-agent media want' (may be repeated)", collect)
    .option("--volume-size <size>", "size of one volume, such as 4.6G, dvd or cd; without it there is one volume")
    .option("--parity", "one more volume, from which one that is lost can be computed")
    .option("--encrypt", "readable for the targets alone, whose needs have to be given")
    .option(
      "--tools <folder>",
      "programs that go along (default: the packages of the agent in agents of the data folder, if they are there)",
    )
    .option("--leaves <time>", "when the courier leaves, such as 2026-12-01T17:00 (default: now)")
    .option("--takes <time>", "how long the courier takes, such as 36h or 2d: what the line brings sooner goes by the line")
    .option("--capacity <size>", "what the courier takes along at most, such as 2T")
    .option("--recovery <id or site>", "the open recovery that orders it: the quarantine of its site lets it through")
    .option("--rehash", "read every byte of the site server's data, also of files that seem unchanged")
    .option("--accept-older", "also where a system holds a newer version of a package, or other files under the same one");
}

function requestOf(options: WriteOptions): MediaRequest {
  const { needs = [], recovery, rehash, acceptOlder } = options;
  const courier = parseCourier(options, Date.now());
  return {
    options: {
      ...selectionOf(options),
      ...(recovery === undefined ? {} : { recovery }),
      ...(rehash ? { rehash } : {}),
      ...(acceptOlder ? { acceptOlder } : {}),
    },
    needs: needs.map(needsIn),
    ...(courier ? { courier } : {}),
  };
}

/** Read here, since the coordinator sees no names of files. Throws `MEDIUM_INVALID`, `VERSION_UNSUPPORTED`, and as `readWhole` does. */
function needsIn(file: string): string {
  const bytes = readWhole(file, MEDIUM_LIMITS.statement);
  try {
    decodeMediaNeeds(decodeSigned(bytes, MEDIUM_LIMITS.statement).body);
  } catch (cause) {
    const { code, message } = SitewrightError.from(cause);
    throw new SitewrightError(code, `--needs ${file}: ${message}: name what 'sitewright-agent media want' wrote`, { path: file, cause });
  }
  return bytes.toString("base64");
}

async function localRequest(options: WriteOptions, plan: MediaPlan): Promise<WriteMedium> {
  const { mediumTexts } = await import("../../media/texts.ts");
  return {
    dataDir: dataDirOf(options),
    plan,
    volumeBytes: options.volumeSize === undefined ? undefined : parseSize("--volume-size", options.volumeSize),
    parity: options.parity ?? false,
    encrypt: options.encrypt ?? false,
    texts: mediumTexts,
    programs: programsIn(toolsOf(options)),
  };
}

async function planMedium(options: WriteOptions, tools: MediaTools): Promise<void> {
  const request = requestOf(options);
  const { plan, volumes, bytes } = await laidOut(request, options, tools);
  const { courier } = request;
  print(options.json ? JSON.stringify({ ...plan, volumes, bytes }) : renderMediaPlan(plan, { courier, volumes, bytes }));
}

/** What the coordinator plans, and how large that is on a medium. */
async function laidOut(request: MediaRequest, options: WriteOptions, tools: MediaTools): Promise<Filled> {
  const connection = connect(options);
  return fillCourier(request, async (asked) => {
    const plan = await call<MediaPlan>(connection, "POST", "/api/v1/media/plan", asked);
    return { plan, ...(await tools.plan(await localRequest(options, plan))) };
  });
}

async function writeMedium(to: string, options: WriteOptions, tools: MediaTools): Promise<void> {
  let request = requestOf(options);
  const connection = connect(options);
  await tools.requireFree(to);
  // Before anything is ordered: what these options make impossible is found by a plan too.
  if (options.volumeSize !== undefined || options.encrypt || options.needs || request.courier) {
    const planned = await laidOut(request, options, tools);
    requireOrders(planned.plan);
    request = planned.request;
  }
  const plan = await call<MediaPlan>(connection, "POST", "/api/v1/media", request);
  for (const line of troubleLines(plan)) tell(line);
  requireOrders(plan);
  if (toolsOf(options) === undefined) tell("the medium holds no program: name a folder with --tools for systems that have none yet");
  const table = await tools.write(await localRequest(options, plan), to, tell);
  const { medium, volumes, parity, orders, manifests, written, generation, caHash } = table;
  if (plan.leftOut.length > 0) process.exitCode = EXIT.failed;
  if (options.json)
    return print(
      JSON.stringify({
        medium,
        volumes,
        parity: parity.length > 0,
        orders: orders.length,
        units: manifests.length,
        bytes: written,
        generation,
        caHash,
        to,
        leftOut: plan.leftOut,
        problems: plan.problems,
      }),
    );
  const how = `${plural(volumes, "volume")}${parity.length > 0 ? " and the parity" : ""}`;
  print(
    `${to} holds the medium ${medium}: ${plural(manifests.length, "unit")} in ${plural(orders.length, "order")}, ${formatBytes(written)} on ${how}, written and read back`,
  );
  tell(`a system that has never had a line joins by it with: sitewright-agent media join ... --ca ${caHash}`);
}

function requireOrders({ orders }: MediaPlan): void {
  if (orders.some(({ by }) => by === "medium")) return;
  throw new SitewrightError("NOTHING_SELECTED", "nothing goes by a medium: 'sitewright media plan' with the same options says why");
}

/** Where the Debian package puts the packages of agents, unless another folder is named. */
function toolsOf(options: WriteOptions): string | undefined {
  const agents = join(dataDirOf(options), "agents");
  return options.tools ?? (existsSync(agents) ? agents : undefined);
}

function programsIn(folder: string | undefined): { path: string; from: string }[] {
  if (folder === undefined) return [];
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (cause) {
    throw new SitewrightError("BAD_REQUEST", `--tools ${folder} cannot be read: ${(cause as Error).message}`, { path: folder, cause });
  }
  return names
    .filter((name) => lstatSync(join(folder, name)).isFile())
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => ({ path: `tools/${name}`, from: join(folder, name) }));
}
