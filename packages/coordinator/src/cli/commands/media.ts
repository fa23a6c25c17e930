import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { MEDIUM_LIMITS, MEDIUM_PLACES, SitewrightError, terminalLine, type MediumTable } from "@sitewright/protocol";
import { formatBytes, type Courier, type MediaPlan, type MediaRequest, type TakenReceipt } from "@sitewright/protocol/api";
import { readWhole } from "@sitewright/node-kit/medium";
import type { VerifiedMedium } from "@sitewright/node-kit/medium-verify";
import { print, tell } from "@sitewright/node-kit/output";
import { call } from "../api-client.ts";
import { connect, DEFAULT_DATA_DIR } from "../connect.ts";
import { parseCourier, parseSize, type CourierOptions } from "../media/courier.ts";
import { renderMediaPlan, renderVerified } from "../render/media-text.ts";
import { collect, selectionOf, withCommonOptions, withSelection, type CommonOptions, type SelectionOptions } from "../selection-options.ts";

/** A medium that is to be written, or planned. */
export interface WriteMedium {
  /** Of the coordinator, on this machine. */
  dataDir: string;
  plan: MediaPlan;
  volumeBytes?: number | undefined;
  parity: boolean;
  encrypt: boolean;
  /** By path on the first volume. */
  texts: (about: { medium: string; systems: readonly string[] }) => Record<string, string>;
  programs: { path: string; from: string }[];
}

/** What the coordinator's program can do with media on this machine. */
export interface MediaTools {
  plan(request: WriteMedium): Promise<{ volumes: number; bytes: number }>;
  /** Writes and reads back. @param tell Called with what is being done. */
  write(request: WriteMedium, to: string, tell: (line: string) => void): Promise<MediumTable & { written: number }>;
  verify(folders: readonly string[], dataDir: string): Promise<VerifiedMedium & { table: MediumTable }>;
}

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

const NOTE = `
write, plan and verify run on the coordinator's own machine, as its account. An agent without a line imports what they write with
'sitewright-agent import', and gives back a receipt.`;

/** media: tools, tasks and content for systems without a line, on removable media. */
export function addMedia(program: Command, tools: MediaTools): void {
  const media = program.command("media").description("content for systems without a line, on removable media").addHelpText("after", NOTE);
  const plan = withSelection(media.command("plan").description("what would go by a medium and what by the line; changes nothing"));
  withCommonOptions(writing(plan)).action((options: WriteOptions) => planMedium(options, tools));
  const write = withSelection(media.command("write").description("write a medium: its volumes become folders, each of which is checked"));
  write.argument("<folder>", "where to; for a stick its own folder, for disks one from which they are burned");
  withCommonOptions(writing(write)).action((to: string, options: WriteOptions) => writeMedium(to, options, tools));
  const verify = media.command("verify").description("read every byte of the volumes that are there; changes nothing");
  verify.argument("<folder...>", "of a volume, or one that holds volumes");
  withCommonOptions(verify).action((folders: string[], options: CommonOptions) => verifyMedium(folders, options, tools));
  const receipt = media
    .command("receipt")
    .description("take in what came back from systems: what became of the medium, and what they hold");
  receipt.argument("<folder>", "of the medium, or of its receipts");
  withCommonOptions(receipt).action(takeReceipts);
}

function writing(command: Command): Command {
  return command
    .option("--needs <file>", "what a target stated with 'sitewright-agent media want' (may be repeated)", collect)
    .option("--volume-size <size>", "size of one volume, such as 4.6G, dvd or cd; without it there is one volume")
    .option("--parity", "one more volume, from which one that is lost can be computed")
    .option("--encrypt", "readable for the targets alone, whose needs have to be given")
    .option("--tools <folder>", "programs that go along, such as the packages of the agent")
    .option("--leaves <time>", "when the courier leaves, such as 2026-12-01T17:00 (default: now)")
    .option("--takes <time>", "how long he takes, such as 36h or 2d: what the line brings sooner goes by the line")
    .option("--capacity <size>", "what he takes along at most")
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
    needs: needs.map((file) => readWhole(file, MEDIUM_LIMITS.statement).toString("base64")),
    ...(courier ? { courier } : {}),
  };
}

async function localRequest(options: WriteOptions, plan: MediaPlan): Promise<WriteMedium> {
  const { mediumTexts } = await import("../media/texts.ts");
  return {
    dataDir: dataDirOf(options),
    plan,
    volumeBytes: options.volumeSize === undefined ? undefined : parseSize("--volume-size", options.volumeSize),
    parity: options.parity ?? false,
    encrypt: options.encrypt ?? false,
    texts: mediumTexts,
    programs: options.tools === undefined ? [] : programsIn(options.tools),
  };
}

async function planMedium(options: WriteOptions, tools: MediaTools): Promise<void> {
  const request = requestOf(options);
  const plan = await call<MediaPlan>(connect(options), "POST", "/api/v1/media/plan", request);
  const size = await tools.plan(await localRequest(options, plan));
  const courier: Courier | undefined = request.courier;
  print(options.json ? JSON.stringify({ ...plan, ...size }) : renderMediaPlan(plan, { courier, ...size }));
}

async function writeMedium(to: string, options: WriteOptions, tools: MediaTools): Promise<void> {
  const request = requestOf(options);
  // Before anything is ordered: what is wrong with the options is found by a plan too.
  await tools.plan(await localRequest(options, await call<MediaPlan>(connect(options), "POST", "/api/v1/media/plan", request)));
  const plan = await call<MediaPlan>(connect(options), "POST", "/api/v1/media", request);
  if (plan.orders.every(({ by }) => by === "line"))
    throw new SitewrightError("NOTHING_SELECTED", "nothing goes by a medium: 'sitewright media plan' with the same options says why");
  if (options.tools === undefined) tell("the medium holds no program: name a folder with --tools for systems that have none yet");
  const table = await tools.write(await localRequest(options, plan), to, tell);
  const { medium, volumes, parity, orders, manifests, written, generation } = table;
  if (options.json)
    return print(
      JSON.stringify({ medium, volumes, parity, orders: orders.length, units: manifests.length, bytes: written, generation, to }),
    );
  const how = `${volumes === 1 ? "1 volume" : `${volumes} volumes`}${parity ? " and the parity" : ""}`;
  print(
    `${to} holds the medium ${medium}: ${manifests.length} units in ${orders.length} orders, ${formatBytes(written)} on ${how}, written and read back`,
  );
}

async function verifyMedium(folders: string[], options: CommonOptions, tools: MediaTools): Promise<void> {
  const verified = await tools.verify(folders, dataDirOf(options));
  const { table, units, ...rest } = verified;
  const listed = units.map(({ missing, ...unit }) => ({ ...unit, missing: { ...missing, volumes: Object.fromEntries(missing.volumes) } }));
  print(options.json ? JSON.stringify({ medium: table.medium, ...rest, units: listed }) : renderVerified(verified));
  const [first] = verified.damaged;
  if (first)
    throw new SitewrightError("MEDIUM_DAMAGED", `${first.path} ${first.why}: write the medium again, or use its parity`, {
      path: first.path,
    });
  const missing = verified.volumes.filter(({ state }) => state === "missing").map(({ number }) => number);
  if (missing.length > 0)
    throw new SitewrightError(
      "MEDIUM_VOLUME_MISSING",
      `volume ${missing.join(", ")} of the medium ${table.medium} is not there: name its folder too`,
    );
}

/** Receipts that could not be taken in do not keep the others from it. */
async function takeReceipts(folder: string, options: CommonOptions): Promise<void> {
  const connection = connect(options);
  const files = receiptsIn(folder);
  if (files.length === 0)
    throw new SitewrightError(
      "NOT_FOUND",
      `there is no receipt in ${folder}: an agent writes one with 'sitewright-agent import ... --receipt FOLDER'`,
      {
        path: folder,
      },
    );
  const taken: (TakenReceipt & { file: string })[] = [];
  const refused: SitewrightError[] = [];
  for (const file of files) {
    try {
      const receipt = readWhole(file, MEDIUM_LIMITS.statement).toString("base64");
      taken.push({ file, ...(await call<TakenReceipt>(connection, "POST", "/api/v1/media/receipts", { receipt })) });
    } catch (error) {
      const failure = SitewrightError.from(error);
      refused.push(failure);
      tell(terminalLine(`${file}: ${failure.code}: ${failure.message}`));
    }
  }
  if (options.json) print(JSON.stringify(taken));
  else for (const one of taken) print(renderTaken(one));
  const [first] = refused;
  if (first) throw new SitewrightError(first.code, `${refused.length} of ${files.length} receipts were refused: ${first.message}`);
}

function renderTaken({ system, medium, live, incomplete, failed, units, results }: TakenReceipt): string {
  const of = medium === "" ? "" : ` of the medium ${medium}: ${live} live, ${incomplete} incomplete, ${failed} failed;`;
  return `${system}${of} holds ${units} units${results > 0 ? `, ${results} results of orders were new` : ""}`;
}

const RECEIPT = /^[^.].*\.receipt$/;

function receiptsIn(folder: string): string[] {
  const places = [folder, join(folder, MEDIUM_PLACES.receipts), join(folder, "volume-1", MEDIUM_PLACES.receipts)];
  return places.flatMap((place) =>
    lstatSync(place, { throwIfNoEntry: false })?.isDirectory()
      ? readdirSync(place)
          .filter((name) => RECEIPT.test(name))
          .toSorted((a, b) => (a < b ? -1 : 1))
          .map((name) => join(place, name))
      : [],
  );
}

function programsIn(folder: string): { path: string; from: string }[] {
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

function dataDirOf({ dataDir }: CommonOptions): string {
  return dataDir ?? process.env.SITEWRIGHT_DATA_DIR ?? DEFAULT_DATA_DIR;
}
