import type { Command } from "commander";
import { missingWords, SitewrightError, terminalLine, unitKey, plural } from "@sitewright/protocol";
import { requireWhole } from "@sitewright/node-kit/medium-whole";
import { print, tell } from "@sitewright/node-kit/output";
import { collectRoot } from "./join.ts";
import type { MediaJoinFlags } from "./media-join.ts";
import { lackWords, type ImportedUnit } from "../app/media/import-medium.ts";

/** Loaded only when needed: an agent that serves orders uses none of it. */
const verbs = () => import("./media.ts");

const DATA_DIR = ["--data-dir <folder>", "the folder that was given to join; an agent that runs there does it by itself"] as const;
const collect = (value: string, all: string[]): string[] => [...all, value];

/** import, media: content on removable media, for a system without a line to its coordinator. */
export function addMedia(program: Command, stopSignal: () => AbortSignal): void {
  program
    .command("import")
    .description("import what a medium has for this system; the medium is not changed, and no coordinator is needed")
    .argument("<folder...>", "of a volume, or one that holds volumes; those that are not there can be imported later, in any order")
    .requiredOption(...DATA_DIR)
    .option("--receipt <folder>", "write there, below receipts, what became of it, for the coordinator")
    .option("--json", "print one JSON document")
    .action(async (folders: string[], { json, ...flags }: { dataDir: string; receipt?: string; json?: true }) => {
      const told = (unit: ImportedUnit): void => (json ? undefined : print(renderUnit(unit)));
      const imported = await (await verbs()).importFolders(folders, flags, told, stopSignal());
      if (json) print(JSON.stringify({ ...imported, units: imported.units.map(plainUnit) }));
      else for (const path of imported.receipt) print(`receipt: ${path}`);
      if (imported.succeeded)
        tell("the medium is of the coordinator that takes the place of the one that was joined: it is trusted from now on");
      refuseUnfinished(imported.units);
    });
  const media = program
    .command("media")
    .description("removable media, for a system without a line to its coordinator")
    .addHelpText("after", "\nWhat is on a medium is imported by 'sitewright-agent import'.");
  media
    .command("join")
    .description("join without a line, by what a medium says of its coordinator; the file that this writes has to be accepted there")
    .argument("<folder...>", "of a volume, or one that holds volumes")
    .requiredOption("--name <system>", "name of this system in the hierarchy")
    .requiredOption("--data-dir <folder>", "where the agent keeps its data")
    .requiredOption("--root <role=path>", "folder that holds the units of a role (may be repeated)", collectRoot)
    .requiredOption("--ca <sha256>", "of the coordinator's authority, as 'sitewright media write' printed it there")
    .requiredOption("--to <folder>", "where to, below receipts; bring it to the coordinator")
    .option("--url <url>", "address of the coordinator, should there be a line later", "https://coordinator.invalid:7400")
    .action(async (folders: string[], flags: MediaJoinFlags) => {
      const { joinByMedium } = await import("./media-join.ts");
      const { file, key, warnings } = await joinByMedium(folders, flags);
      print(`${flags.name} trusts that coordinator; have ${file} accepted there, with the key ${key}`);
      for (const warning of warnings) tell(`warning: ${warning}`);
    });
  media
    .command("want")
    .description("state what this system holds and wants, so that the next medium has what is missing, and can be encrypted to this system")
    .requiredOption(...DATA_DIR)
    .requiredOption("--to <file>", "where to; bring it to the coordinator")
    .option("--package <id>", "this package only (may be repeated); without it all that the site data assign", collect, [])
    .action(async ({ dataDir, to, package: packages }: { dataDir: string; to: string; package: string[] }) => {
      const units = await (await verbs()).wantFile({ dataDir, to, packages });
      print(`${to} states ${units === 1 ? "1 unit" : `${units} units`}`);
    });
  media
    .command("verify")
    .description("read every byte of the volumes that are there; changes nothing")
    .argument("<folder...>", "of a volume, or one that holds volumes")
    .requiredOption("--data-dir <folder>", "the folder that was given to join; its agent may run")
    .action(async (folders: string[], { dataDir }: { dataDir: string }) => {
      const verified = await (await verbs()).verifyFolders(folders, dataDir);
      for (const { number, state } of verified.volumes) print(`volume ${number} of ${verified.table.volumes}  ${state}`);
      for (const { unit, missing, damaged } of verified.units) print(`${unitKey(unit)}  ${damaged ? "damaged" : missingWords(missing)}`);
      requireWhole(verified);
    });
  media
    .command("receipt")
    .description("write what this system holds, and results that the coordinator may not have, for the way back")
    .requiredOption(...DATA_DIR)
    .requiredOption("--to <folder>", "where to, below receipts")
    .option("--medium <folder>", "of the volume that it is about (may be repeated)", collect, [])
    .action(async (flags: { dataDir: string; to: string; medium: string[] }) => {
      for (const path of await (await verbs()).receiptFor(flags)) print(`receipt: ${path}`);
    });
}

function renderUnit(unit: ImportedUnit): string {
  const { state, files, bytes, code = "", message = "" } = unit;
  const name = unitKey(unit.unit);
  if (state === "live") return `${name}  complete and live, ${plural(files, "file")}, ${plural(bytes, "byte")}`;
  if (state === "incomplete") return `${name}  ${lackWords(unit)}: nothing of it is live`;
  return terminalLine(`${name}  ${code}: ${message}`);
}

function plainUnit({ missing, ...unit }: ImportedUnit): object {
  return { ...unit, ...(missing ? { missing: { elsewhere: missing.elsewhere, volumes: Object.fromEntries(missing.volumes) } } : {}) };
}

/** Throws the code of the first unit that is not live; those that are stay. */
function refuseUnfinished(units: readonly ImportedUnit[]): void {
  const [first, ...more] = units.filter(({ state }) => state !== "live");
  if (!first) return;
  const code = first.code as ConstructorParameters<typeof SitewrightError>[0];
  const others = more.length > 0 ? `, and ${more.length} more` : "";
  throw new SitewrightError(code, `${unitKey(first.unit)} is not live${others}: ${first.message ?? ""}`);
}
