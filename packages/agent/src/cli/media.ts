import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { MEDIUM_PLACES, SitewrightError, type Held, type MediaUnitReport, type MissingChunks } from "@sitewright/protocol";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import { hashBytes } from "@sitewright/node-kit/hash";
import type { OpenMedium } from "@sitewright/node-kit/medium";
import { verifyMedium, type VerifiedMedium } from "@sitewright/node-kit/medium-verify";
import { openDiskExecutor } from "../adapters/disk/disk-executor.ts";
import { checkRoleRoots } from "../adapters/disk/roots/role-roots.ts";
import { createFetchPool, type FetchPool } from "../adapters/fetch/fetch-pool.ts";
import { readAgentFile, type AgentFile } from "../adapters/join/agent-file.ts";
import { loadSigner } from "../adapters/join/identity.ts";
import { createLogger } from "../adapters/logger.ts";
import { askImport, type ImportAsked, type ImportWork } from "../adapters/media/import-socket.ts";
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

/** What an import needs of an agent. */
export interface ImportAgent {
  dataDir: string;
  witness: Pick<Witness, "execute" | "inventory">;
  outbox: Pick<ReturnType<typeof openOutbox>, "last" | "next">;
  speaker: Omit<Speaker, "now">;
  log: Log;
}

/** The agent on whose data folder a verb works; the agent itself must be stopped. */
interface OpenAgent extends ImportAgent, AsyncDisposable {
  file: AgentFile;
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
    speaker: { coordinator: file.coordinator, system: file.name, sign, hash: hashBytes },
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
 * `sitewright-agent import`: stages and activates what a medium has for this system; the agent that runs does it, if one does. Throws
 * `MEDIUM_UNTRUSTED`, `MEDIUM_OTHER_HIERARCHY`, `MEDIUM_NOT_FOR_SYSTEM`, `MEDIUM_LOCKED`, and as `openMedium` and `openAgent` do; then nothing
 * was changed.
 * @param told Called with each unit.
 */
export async function importFolders(
  folders: readonly string[],
  { dataDir: dataFolder, receipt }: ImportFlags,
  told: (unit: ImportedUnit) => void,
  signal: AbortSignal,
): Promise<Imported> {
  const dataDir = resolve(dataFolder);
  const asked: ImportAsked = { folders: absolute(folders), ...(receipt === undefined ? {} : { receipt: resolve(receipt) }) };
  const file = await readAgentFile(dataDir);
  const { medium, key } = await openFor(asked, file, dataDir);
  let agent: OpenAgent;
  try {
    agent = await openAgent(dataDir);
  } catch (error) {
    if (SitewrightError.from(error).code !== "AGENT_DATA_IN_USE") throw error;
    const units: ImportedUnit[] = [];
    const end = await askImport(dataDir, asked, (unit) => (units.push(unit), told(unit)), signal);
    if (!end) throw error;
    return { ...end, system: file.name, units, succeeded: false };
  }
  await using opened = agent;
  if (medium.successor !== undefined) await followSuccessor(dataDir, file.ca, medium.successor);
  await using pool = closing(createFetchPool());
  const carried = await carryOut({ medium, key, pool, told }, opened, signal);
  const written = receipt === undefined ? [] : await writeReceipt(opened, receipt, carried);
  return { ...carried, system: file.name, receipt: written, succeeded: medium.successor !== undefined };
}

/** What an agent that runs imports for others: see `ImportWork`. @param renew Called when something is live that was not before. */
export function importingFor(agent: ImportAgent, pool: FetchPool, renew: () => void): ImportWork {
  return async (asked, told, signal) => {
    const file = await readAgentFile(agent.dataDir);
    const { medium, key } = await openFor(asked, file, agent.dataDir);
    if (medium.successor !== undefined)
      throw new SitewrightError(
        "AGENT_DATA_IN_USE",
        "the medium is of a coordinator that stands in for the one that was joined: stop the agent for this import",
      );
    const carried = await carryOut({ medium, key, pool, told }, agent, signal);
    const receipt = asked.receipt === undefined ? [] : await writeReceipt(agent, asked.receipt, carried);
    if (carried.units.some(({ state }) => state === "live")) renew();
    return { medium: carried.medium, receipt };
  };
}

async function openFor({ folders }: ImportAsked, file: AgentFile, dataDir: string) {
  const medium = openTrusted(folders, file);
  ordersFor(medium.table, file.name);
  return { medium, key: await mediumKeyFor(medium.table, file.name, dataDir) };
}

interface Carrying extends Awaited<ReturnType<typeof openFor>> {
  pool: FetchPool;
  told: (unit: ImportedUnit) => void;
}

async function carryOut(
  { medium, key, pool, told }: Carrying,
  { witness, speaker, log }: ImportAgent,
  signal: AbortSignal,
): Promise<{ medium: string; units: ImportedUnit[] }> {
  const missing = new Map<string, MissingChunks>();
  const content = createMediumContent(medium, key, { pool, told: (manifest, lacks) => missing.set(manifest, lacks) });
  const deps = { executor: witness, content, missing: (manifest: string) => missing.get(manifest), told, log };
  return { medium: medium.table.medium, units: await importMedium(deps, medium.table, { system: speaker.system, signal }) };
}

/** `sitewright-agent media want`: what this system holds and wants, for the next medium. */
export async function wantFile({ dataDir, to, packages }: { dataDir: string; to: string; packages: string[] }): Promise<{ units: number }> {
  await using agent = await openAgent(dataDir);
  const held = agent.witness.inventory();
  const key = await ownMediaKey(agent.dataDir);
  await writeFileAtomic(resolve(to), needsFile(held, { ...agent.speaker, now: Date.now() }, { key, packages }), 0o644);
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
  { witness, outbox, speaker }: ImportAgent,
  folder: string,
  imported: { medium: string; units: readonly MediaUnitReport[] } | undefined,
): Promise<string[]> {
  const held: Held[] = witness.inventory();
  const now = Date.now();
  const { file, receipt } = receiptFile({ held, outbox, ...(imported ? { imported } : {}) }, { ...speaker, now });
  const place = join(resolve(folder), MEDIUM_PLACES.receipts);
  mkdirSync(place, { recursive: true });
  const name = `${speaker.system}-${new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
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
