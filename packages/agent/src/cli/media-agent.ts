import { resolve } from "node:path";
import { SitewrightError, type MediaUnitReport, type MissingChunks } from "@sitewright/protocol";
import { hashBytes } from "@sitewright/node-kit/hash";
import { openDiskExecutor } from "../adapters/disk/disk-executor.ts";
import { checkRoleRoots } from "../adapters/disk/roots/role-roots.ts";
import { createFetchPool, type FetchPool } from "../adapters/fetch/fetch-pool.ts";
import { readAgentFile, type AgentFile } from "../adapters/join/agent-file.ts";
import { loadSigner } from "../adapters/join/identity.ts";
import { createLogger } from "../adapters/logger.ts";
import { mediumKeyFor, ownMediaKey } from "../adapters/media/media-key.ts";
import { connectAgent, type MediaWork, type ReceiptFiles } from "../adapters/media/media-socket.ts";
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
import type { Log, LogSource } from "../app/ports/link.ts";

/** An agent that does the work of media. */
export interface MediaAgent {
  dataDir: string;
  witness: Pick<Witness, "execute" | "inventory">;
  outbox: Pick<ReturnType<typeof openOutbox>, "last" | "next">;
  logs: LogSource;
  speaker: Omit<Speaker, "now">;
  pool: FetchPool;
  log: Log;
  /** A medium names another authority as successor of the one that is trusted. Throws if it cannot be followed now. */
  succeed(file: AgentFile, successor: string): Promise<void>;
  /** Something is live that was not before. */
  renew(): void;
}

/** The agent that runs on a data folder, or this process in its place. Throws `NOT_JOINED`, `AGENT_DATA_IN_USE`. */
export async function workOn(dataFolder: string): Promise<MediaWork & AsyncDisposable> {
  const dataDir = resolve(dataFolder);
  const file = await readAgentFile(dataDir);
  return (await connectAgent(dataDir)) ?? (await workAlone(dataDir, file));
}

/** As `run` does, without anything that needs a coordinator. */
async function workAlone(dataDir: string, file: AgentFile): Promise<MediaWork & AsyncDisposable> {
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
  const agent: MediaAgent = {
    dataDir,
    witness: createWitness({ contents, executor, memory: openSeenMemory(database), log }),
    outbox: openOutbox(database, Date.now),
    logs,
    speaker: { coordinator: file.coordinator, system: file.name, sign, hash: hashBytes },
    pool: opened.adopt(createFetchPool(), (it) => it.close()),
    log,
    succeed: ({ ca }, successor) => followSuccessor(dataDir, ca, successor),
    renew: () => undefined,
  };
  const parts = opened.move();
  return { ...mediaWork(agent), [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

export function mediaWork(agent: MediaAgent): MediaWork {
  const { dataDir, witness, speaker } = agent;
  return {
    async import({ folders, receipt }, told, signal) {
      const file = await readAgentFile(dataDir);
      const medium = openTrusted(folders, file);
      const { table, successor } = medium;
      ordersFor(table, file.name);
      const key = await mediumKeyFor(table, file.name, dataDir);
      if (successor !== undefined) await agent.succeed(file, successor);
      const missing = new Map<string, MissingChunks>();
      const content = createMediumContent(medium, key, { pool: agent.pool, told: (manifest, lacks) => missing.set(manifest, lacks) });
      const deps = { executor: witness, content, missing: (manifest: string) => missing.get(manifest), told, log: agent.log };
      const units = await importMedium(deps, table, { system: file.name, signal });
      const files = receipt ? receiptFiles(agent, { medium: table.medium, units }) : undefined;
      if (units.some(({ state }) => state === "live")) agent.renew();
      return {
        medium: table.medium,
        system: file.name,
        succeeded: successor !== undefined,
        ...(files ? { receipt: files } : {}),
      };
    },
    async want({ packages }) {
      const held = witness.inventory();
      const key = await ownMediaKey(dataDir);
      const file = needsFile(held, { ...speaker, now: Date.now() }, { key, packages });
      return { units: held.length, file: Buffer.from(file).toString("base64") };
    },
    async receipt({ medium }) {
      if (medium.length === 0) return receiptFiles(agent, undefined);
      const { table } = openTrusted(medium, await readAgentFile(dataDir));
      return receiptFiles(agent, { medium: table.medium, units: unitsNow(table, speaker.system, witness.inventory()) });
    },
  };
}

function receiptFiles(
  { witness, outbox, logs, speaker }: MediaAgent,
  imported: { medium: string; units: readonly (MediaUnitReport | ImportedUnit)[] } | undefined,
): ReceiptFiles {
  const held = witness.inventory();
  const now = Date.now();
  const { file, receipt } = receiptFile({ held, outbox, logs, ...(imported ? { imported } : {}) }, { ...speaker, now });
  return {
    name: `${speaker.system}-${new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "")}`,
    file: Buffer.from(file).toString("base64"),
    text: receiptText(receipt, held),
  };
}

/** Of an agent that runs: which authority it trusts does not change under its open connections. */
export function refuseSuccessor(): Promise<never> {
  return Promise.reject(
    new SitewrightError(
      "AGENT_DATA_IN_USE",
      "the medium is of a coordinator that stands in for the one that was joined: stop the agent for this import",
    ),
  );
}
