import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { MEDIUM_PLACES, type Held, type MediaUnitReport, type MissingChunks } from "@sitewright/protocol";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import { hashBytes } from "@sitewright/node-kit/hash";
import type { OpenMedium } from "@sitewright/node-kit/medium";
import { verifyMedium, type VerifiedMedium } from "@sitewright/node-kit/medium-verify";
import { openDiskExecutor } from "../adapters/disk/disk-executor.ts";
import { checkRoleRoots } from "../adapters/disk/roots/role-roots.ts";
import { createFetchPool } from "../adapters/fetch/fetch-pool.ts";
import { readAgentFile, type AgentFile } from "../adapters/join/agent-file.ts";
import { loadSigner } from "../adapters/join/identity.ts";
import { createLogger } from "../adapters/logger.ts";
import { mediumKeyFor, ownMediaKey } from "../adapters/media/media-key.ts";
import { createMediumContent } from "../adapters/media/medium-content.ts";
import { followSuccessor, openTrusted } from "../adapters/media/trusted-medium.ts";
import { openDatabase } from "../adapters/memory/database.ts";
import { openLogStore } from "../adapters/memory/log-store.ts";
import { openOutbox } from "../adapters/memory/outbox.ts";
import { openSeenMemory } from "../adapters/memory/seen-objects.ts";
import { createPeerEndpoint } from "../adapters/peers/peer-endpoint.ts";
import { claimPrivateFolder } from "../adapters/private-folder.ts";
import { importMedium, ordersFor, type ImportedUnit } from "../app/media/import-medium.ts";
import { needsFile, receiptFile, receiptText, unitsNow, type Speaker } from "../app/media/statements.ts";
import { createWitness, type Witness } from "../app/session/witness.ts";
import type { Log } from "../app/ports/link.ts";

/** Of the agent on whose data folder a verb works; the agent itself must be stopped. */
interface OpenAgent extends AsyncDisposable {
  file: AgentFile;
  dataDir: string;
  witness: Witness;
  outbox: ReturnType<typeof openOutbox>;
  speaker: Speaker;
  log: Log;
}

/** As `run` does, without anything that needs a coordinator. Throws `NOT_JOINED`, `AGENT_DATA_IN_USE`. */
async function openAgent(dataFolder: string): Promise<OpenAgent> {
  const dataDir = resolve(dataFolder);
  const file = await readAgentFile(dataDir);
  claimPrivateFolder(dataDir);
  const sign = await loadSigner(dataDir);
  const roots = await checkRoleRoots(file.roots, dataDir, true);
  await using opened = new AsyncDisposableStack();
  const database = opened.adopt(openDatabase(dataDir), (it) => it.close());
  const logs = opened.adopt(openLogStore(dataDir), (it) => it.close());
  // Kept as evidence, not shown: a verb prints for people.
  const { log } = createLogger({ level: "silent", system: file.name, keep: (line) => logs.append(line) });
  const executor = opened.adopt(await openDiskExecutor({ database, dataDir, roots, log }), (it) => it.close());
  const { whereHeld, rootsFor } = executor;
  const contents = opened.adopt(createPeerEndpoint({ dataDir, whereHeld, rootsFor, log }), (it) => it.close());
  const parts = opened.move();
  return {
    file,
    dataDir,
    witness: createWitness({ contents, executor, memory: openSeenMemory(database), log }),
    outbox: openOutbox(database, Date.now),
    speaker: { coordinator: file.coordinator, system: file.name, sign, hash: hashBytes, now: Date.now() },
    log,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

export interface ImportFlags {
  dataDir: string;
  receipt?: string;
}

export interface Imported {
  medium: string;
  system: string;
  units: ImportedUnit[];
  /** Files of the receipt. */
  receipt: string[];
  /** Another coordinator has taken the place of the one that was joined, and is trusted from now on. */
  succeeded: boolean;
}

/**
 * `sitewright-agent import`: stages and activates what a medium has for this system. Throws `MEDIUM_UNTRUSTED`, `MEDIUM_OTHER_HIERARCHY`,
 * `MEDIUM_NOT_FOR_SYSTEM`, `MEDIUM_LOCKED`, and as `openMedium` and `openAgent` do; then nothing was changed.
 * @param told Called with each unit.
 */
export async function importFolders(
  folders: readonly string[],
  { dataDir, receipt }: ImportFlags,
  told: (unit: ImportedUnit) => void,
  signal: AbortSignal,
): Promise<Imported> {
  const file = await readAgentFile(resolve(dataDir));
  const medium = openTrusted(absolute(folders), file);
  ordersFor(medium.table, file.name);
  const key = await mediumKeyFor(medium.table, file.name, resolve(dataDir));
  await using agent = await openAgent(dataDir);
  if (medium.successor !== undefined) await followSuccessor(agent.dataDir, file.ca, medium.successor);
  const missing = new Map<string, MissingChunks>();
  await using pool = closing(createFetchPool());
  const content = createMediumContent(medium, key, { pool, told: (manifest, lacks) => missing.set(manifest, lacks) });
  const deps = { executor: agent.witness, content, missing: (manifest: string) => missing.get(manifest), told, log: agent.log };
  const units = await importMedium(deps, medium.table, { system: file.name, signal });
  const imported = { medium: medium.table.medium, units };
  const written = receipt === undefined ? [] : await writeReceipt(agent, receipt, imported);
  return { ...imported, system: file.name, receipt: written, succeeded: medium.successor !== undefined };
}

/** `sitewright-agent media want`: what this system holds and wants, for the next medium. */
export async function wantFile({ dataDir, to, packages }: { dataDir: string; to: string; packages: string[] }): Promise<{ units: number }> {
  await using agent = await openAgent(dataDir);
  const held = agent.witness.inventory();
  const key = await ownMediaKey(agent.dataDir);
  await writeFileAtomic(resolve(to), needsFile(held, agent.speaker, { key, packages }), 0o644);
  return { units: held.length };
}

/** `sitewright-agent media receipt`: what this system holds and has to say. @param medium Folders of a medium that it is about. */
export async function receiptFor({ dataDir, to, medium }: { dataDir: string; to: string; medium: readonly string[] }): Promise<string[]> {
  await using agent = await openAgent(dataDir);
  if (medium.length === 0) return writeReceipt(agent, to, undefined);
  const { table } = openTrusted(absolute(medium), agent.file);
  return writeReceipt(agent, to, { medium: table.medium, units: unitsNow(table, agent.file.name, agent.witness.inventory()) });
}

/** `sitewright-agent media verify`: whether the volumes that are there are whole. Needs no data folder but that of the join. */
export async function verifyFolders(folders: readonly string[], dataDir: string): Promise<VerifiedMedium & Pick<OpenMedium, "table">> {
  const medium = openTrusted(absolute(folders), await readAgentFile(resolve(dataDir)));
  return { table: medium.table, ...verifyMedium(medium) };
}

async function writeReceipt(
  { witness, outbox, speaker }: OpenAgent,
  folder: string,
  imported: { medium: string; units: readonly MediaUnitReport[] } | undefined,
): Promise<string[]> {
  const held: Held[] = witness.inventory();
  const { file, receipt } = receiptFile({ held, outbox, ...(imported ? { imported } : {}) }, speaker);
  const place = join(resolve(folder), MEDIUM_PLACES.receipts);
  mkdirSync(place, { recursive: true });
  const name = `${speaker.system}-${new Date(speaker.now).toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
  const paths = [join(place, `${name}.receipt`), join(place, `${name}.txt`)] as const;
  await writeFileAtomic(paths[0], file, 0o644);
  await writeFileAtomic(paths[1], receiptText(receipt, held), 0o644);
  return [...paths];
}

function absolute(folders: readonly string[]): string[] {
  return folders.map((folder) => resolve(folder));
}

function closing<Part extends { close(): Promise<void> }>(part: Part): Part & AsyncDisposable {
  return { ...part, [Symbol.asyncDispose]: () => part.close() };
}
