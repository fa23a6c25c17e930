import { join, resolve } from "node:path";
import { MEDIUM_PLACES, SitewrightError } from "@sitewright/protocol";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import type { OpenMedium } from "@sitewright/node-kit/medium";
import { verifyMedium, type VerifiedMedium } from "@sitewright/node-kit/medium-verify";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import { readAgentFile } from "../adapters/join/agent-file.ts";
import type { ImportEnd, ReceiptFiles } from "../adapters/media/media-socket.ts";
import { openTrusted } from "../adapters/media/trusted-medium.ts";
import type { ImportedUnit } from "../app/media/import-medium.ts";
import { workOn } from "./media-agent.ts";

export interface ImportFlags {
  dataDir: string;
  receipt?: string;
}

export interface Imported extends Omit<ImportEnd, "receipt"> {
  units: ImportedUnit[];
  /** Files of the receipt. */
  receipt: string[];
}

/**
 * `sitewright-agent import`: stages and activates what a medium has for this system; the agent that runs does it, if one does. Throws
 * `MEDIUM_UNTRUSTED`, `MEDIUM_OTHER_HIERARCHY`, `MEDIUM_NOT_FOR_SYSTEM`, `MEDIUM_LOCKED`, and as `openMedium` and `workOn` do; then nothing
 * was changed.
 * @param told Called with each unit.
 */
export async function importFolders(
  folders: readonly string[],
  { dataDir, receipt: to }: ImportFlags,
  told: (unit: ImportedUnit) => void,
  signal: AbortSignal,
): Promise<Imported> {
  await using work = await workOn(dataDir);
  // Where nothing can be written is said before anything is live.
  const place = to === undefined ? undefined : placeOfReceipts(to);
  const units: ImportedUnit[] = [];
  const each = (unit: ImportedUnit): void => (units.push(unit), told(unit));
  const { receipt, ...end } = await work.import({ folders: absolute(folders), receipt: place !== undefined }, each, signal);
  return { ...end, units, receipt: place !== undefined && receipt ? await writeReceipt(place, receipt) : [] };
}

/** `sitewright-agent media want`: what this system holds and wants, for the next medium. @returns How many units. Throws as `workOn` does. */
export async function wantFile({ dataDir, to, packages }: { dataDir: string; to: string; packages: string[] }): Promise<number> {
  await using work = await workOn(dataDir);
  const { units, file } = await work.want({ packages });
  await writeStatement(resolve(to), Buffer.from(file, "base64"));
  return units;
}

/**
 * `sitewright-agent media receipt`: what this system holds and has to say. @param medium Folders of a medium that it is about.
 * @returns Files. Throws `MEDIUM_NOT_FOR_SYSTEM`, and as `workOn` and `openTrusted` do.
 */
export async function receiptFor({ dataDir, to, medium }: { dataDir: string; to: string; medium: string[] }): Promise<string[]> {
  await using work = await workOn(dataDir);
  return await writeReceipt(placeOfReceipts(to), await work.receipt({ medium: absolute(medium) }));
}

/** `sitewright-agent media verify`: whether the volumes that are there are whole. Needs no data folder but that of the join. */
export async function verifyFolders(folders: readonly string[], dataDir: string): Promise<VerifiedMedium & Pick<OpenMedium, "table">> {
  const medium = openTrusted(absolute(folders), await readAgentFile(resolve(dataDir)));
  return { table: medium.table, ...verifyMedium(medium) };
}

function placeOfReceipts(folder: string): string {
  const place = join(resolve(folder), MEDIUM_PLACES.receipts);
  makeFolder(place);
  return place;
}

/** Written here, and not by the agent that runs: as a service that may write nothing but its own folders. */
async function writeReceipt(place: string, { name, file, text }: ReceiptFiles): Promise<string[]> {
  const paths = [join(place, `${name}.receipt`), join(place, `${name}.txt`)] as const;
  await writeStatement(paths[0], Buffer.from(file, "base64"));
  await writeStatement(paths[1], text);
  return [...paths];
}

async function writeStatement(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFileAtomic(path, content, 0o644);
  } catch (error) {
    // It is about that file, and not about the draft of it.
    throw SitewrightError.from(Object.assign(error as Error, { path }));
  }
}

function absolute(folders: readonly string[]): string[] {
  return folders.map((folder) => resolve(folder));
}
