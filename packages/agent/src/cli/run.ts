import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { createBackupWarnings, joinWarnings } from "../app/site-backup/backup-warnings.ts";
import { serveMedia } from "../adapters/media/media-socket.ts";
import { createBackupKeeper } from "../adapters/backup-line/keeper.ts";
import { backupService } from "../adapters/site-backup/backup-socket.ts";
import { noteOfService } from "../adapters/site-backup/service-note.ts";
import { readAgentFile } from "../adapters/join/agent-file.ts";
import { learnAddresses } from "../adapters/join/learned-addresses.ts";
import { openAuthority } from "../adapters/link/authority.ts";
import { createFetchPool } from "../adapters/fetch/fetch-pool.ts";
import { createContentClient } from "../adapters/link/content-client.ts";
import { linkOpener } from "../adapters/link/coordinator-link.ts";
import { openDatabase } from "../adapters/memory/database.ts";
import { openDiskExecutor } from "../adapters/disk/disk-executor.ts";
import { keepHealthMark } from "../adapters/health-mark.ts";
import { releaseWhenIdle } from "../adapters/idle-memory.ts";
import { removeAbandonedDrafts } from "@sitewright/node-kit/atomic-file";
import { hashBytes } from "@sitewright/node-kit/hash";
import { openReservation } from "../adapters/link/reservation.ts";
import { openSeenCoordinator } from "../adapters/link/seen-coordinator.ts";
import { createHttpClient } from "../adapters/link/http-client.ts";
import { openSeenMemory } from "../adapters/memory/seen-objects.ts";
import { createPeerEndpoint } from "../adapters/peers/peer-endpoint.ts";
import { loadSigner } from "../adapters/join/identity.ts";
import { claimPrivateFolder } from "../adapters/private-folder.ts";
import { openLogStore } from "../adapters/memory/log-store.ts";
import { createLogger } from "../adapters/logger.ts";
import type { ServiceHost } from "../adapters/service/port.ts";
import { openOrderMemory } from "../adapters/memory/order-memory.ts";
import { openOutbox } from "../adapters/memory/outbox.ts";
import { noticedByClients, parseSwitchMode } from "../adapters/disk/switch/modes.ts";
import { checkRoleRoots, checkSeeds } from "../adapters/disk/roots/role-roots.ts";
import { versionOf } from "@sitewright/node-kit/version";
import { loadProgram, requireVouched } from "../adapters/program/load-program.ts";
import type { ProgramStore } from "../adapters/program/program-store.ts";
import { createCurrentLink } from "../app/session/current-link.ts";
import { createOrderRunner } from "../app/session/order-runner.ts";
import { createProgramUpdates } from "../app/session/program-updates.ts";
import { createResultPump } from "../app/session/result-pump.ts";
import { keepSession } from "../app/session/session.ts";
import { createWitness } from "../app/session/witness.ts";
import { parsePeerListen, type LogLevel } from "../config.ts";
import { createContentAddress } from "../domain/content-address.ts";
import { createAddresses } from "../domain/coordinator-addresses.ts";
import { parseCoordinatorUrl } from "../domain/coordinator-url.ts";
import { mediaWork, refuseSuccessor } from "./media-agent.ts";
import { keepingWords, type KeptFlags } from "./keep-backups-flags.ts";

export interface RunFlags extends KeptFlags {
  dataDir: string;
  /** Folders that serve as sources of content. */
  seed: string[];
  /** Where neighbours are served, `host:port`. */
  peerListen?: string;
  /** Where the service that makes backups of this machine's site is asked. */
  siteBackup: string;
  /** False: nothing is shared with neighbours. */
  peers: boolean;
  /** How folders are exchanged on Windows. */
  switch?: string;
  /** Where backups of other systems are kept. */
  keepBackups?: string;
}

/** Which package of the agent fits this system. */
export const PROGRAM_TARGET = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

/** Of a single executable, which can be exchanged. */
export interface OwnProgram {
  store: ProgramStore;
  /** The coordinator welcomed this process. */
  welcomed(): void;
}

/** What started this agent, if it is more than a person. */
export interface Surroundings {
  host?: ServiceHost | undefined;
  program?: OwnProgram;
}

/** `sitewright-agent run`: carries out orders until the signal is aborted. The only place where the agent is assembled. */
export async function run(
  flags: RunFlags,
  logLevel: LogLevel,
  given: AbortSignal,
  { host, program }: Surroundings = {},
): Promise<"stopped" | "staged"> {
  const { dataDir: dataFolder, seed, peerListen, siteBackup, peers, switch: switchWord } = flags;
  /** Aborted when another version of the agent is to be tried. */
  const staged = new AbortController();
  const signal = AbortSignal.any([given, staged.signal]);
  const dataDir = resolve(dataFolder);
  const listen = peerListen === undefined ? undefined : parsePeerListen(peerListen);
  const switchMode = switchWord === undefined ? undefined : parseSwitchMode(switchWord);
  if (existsSync(dataDir)) {
    claimPrivateFolder(dataDir);
    await removeAbandonedDrafts(dataDir);
  }
  const file = await readAgentFile(dataDir);
  const addresses = createAddresses([parseCoordinatorUrl(file.url), ...(file.others ?? []).map(parseCoordinatorUrl)]);
  const sign = await loadSigner(dataDir);
  const roots = await checkRoleRoots(file.roots, dataDir, true);
  const seeds = await checkSeeds(seed, roots, dataDir);
  const database = openDatabase(dataDir);
  const logs = openLogStore(dataDir);
  const { log, scope } = createLogger({ level: logLevel, system: file.name, keep: (line) => logs.append(line), out: host?.log });
  if (logs.trouble !== undefined) log("warn", logs.trouble);
  const executor = await openDiskExecutor({ database, dataDir, roots, seeds, log, ...(switchMode ? { switchMode } : {}) });

  const outbox = openOutbox(database, Date.now);
  const memory = openOrderMemory(database, outbox, Date.now);
  const current = createCurrentLink();
  const pump = createResultPump(outbox, log);
  const authority = openAuthority(dataDir, file, log);
  const http = createHttpClient(addresses, authority);
  const pool = createFetchPool();
  const endpoint = createPeerEndpoint({
    dataDir,
    whereHeld: executor.whereHeld,
    rootsFor: executor.rootsFor,
    log,
    ...(listen ? { listen } : {}),
  });
  const witness = createWitness({ contents: endpoint, executor, memory: openSeenMemory(database), log });
  const coordinator = {
    get url() {
      return addresses.url;
    },
    get ca() {
      return authority.ca;
    },
  };
  const contentAddress = createContentAddress();
  const content = createContentClient({
    coordinator,
    address: contentAddress,
    http,
    pool,
    current,
    log,
    endpoint,
  });
  const runner = createOrderRunner({
    memory,
    executor: releaseWhenIdle(witness),
    content,
    pump,
    say: (message) => current.say(message),
    log,
    scope,
  });
  const roles = [...new Set(roots.map((root) => root.role))];
  const switching = noticedByClients(switchMode ?? "rename");
  const self = {
    name: file.name,
    coordinator: file.coordinator,
    agentVersion: versionOf(import.meta.url),
    platform: process.platform,
    roles,
    sign,
    instance: randomUUID(),
    ...(switching === undefined ? {} : { switching }),
  };
  const updates =
    program &&
    createProgramUpdates(
      {
        target: PROGRAM_TARGET,
        running: self.agentVersion,
        programs: program.store,
        load(order, stop) {
          requireVouched({ ...order, coordinator: file.coordinator, target: PROGRAM_TARGET }, order.signature, authority.ca);
          return loadProgram(order, { http, current, store: program.store, log }, stop);
        },
        say: current.say,
        welcomed: program.welcomed,
        staged: () => staged.abort(),
        log,
      },
      signal,
    );
  const reservation = await openReservation(dataDir, log);
  const seen = await openSeenCoordinator(dataDir, log);
  const openLink = linkOpener({
    coordinator,
    name: file.name,
    onRenewed: authority.renewed,
    onStranger: authority.judge,
    reservation,
    log,
  });

  const mediaAgent = {
    dataDir,
    witness: { inventory: witness.inventory, execute: runner.runLocal },
    outbox,
    logs,
    speaker: { coordinator: file.coordinator, system: file.name, sign, hash: hashBytes },
    pool,
    log,
    succeed: refuseSuccessor,
    renew: (): void => current.renew("content of a medium is live"),
  };
  const media = await serveMedia(dataDir, mediaWork(mediaAgent), log);

  log("info", `the agent of ${file.name} starts`, {
    version: self.agentVersion,
    coordinator: [file.url, ...(file.others ?? [])].join(", "),
  });
  const backups = backupService(siteBackup);
  const keeper = createBackupKeeper({ words: keepingWords(flags), coordinator, current, log }, signal);
  const warnings = joinWarnings(executor.rootWarnings, createBackupWarnings(backups, noteOfService(dataDir), signal));
  using mark = keepHealthMark(dataDir, () => current.isUp(), warnings.all);
  runner.resume();
  host?.started();
  const session = keepSession(
    {
      self,
      current,
      outbox,
      pump,
      runner,
      inventory: () => witness.inventory(),
      hash: hashBytes,
      logs,
      contents: witness,
      backups,
      keeper,
      warnings,
      seen,
      successions: authority,
      learn: learnAddresses({ addresses, content: contentAddress }, { file, dataDir, log }),
      ...(updates ? { updates } : {}),
      ...(peers ? { peers: endpoint } : {}),
      log,
      addresses,
      openLink,
      onTrouble: (reason) => mark.trouble(reason),
      random: Math.random,
    },
    signal,
  );
  await Promise.all([session, stopped(signal).then(() => runner.stop())]);
  await media[Symbol.asyncDispose]();
  http.close();
  await endpoint.close();
  await pool.close();
  await executor.close();
  database.close();
  log("info", "the agent has stopped");
  logs.close();
  return given.aborted ? "stopped" : "staged";
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolveStop) => {
    if (signal.aborted) resolveStop();
    else signal.addEventListener("abort", () => resolveStop(), { once: true });
  });
}
