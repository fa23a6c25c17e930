import { createHash, randomUUID, X509Certificate } from "node:crypto";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { isLoopback, programTranscript } from "@sitewright/protocol";
import { createConnections } from "./adapters/agent-gateway/connections.ts";
import { bullmqQueue } from "./adapters/bullmq-queue.ts";
import { requireFinished } from "./adapters/backup/data-folder.ts";
import { dropRestoredState, readRestoredState } from "./adapters/backup/restored-state.ts";
import { shareFolder } from "./adapters/backup/shared-folder.ts";
import { readSuccession, writeSuccession } from "./adapters/backup/succession-file.ts";
import { openTenure, readTenure, writeTenure } from "./adapters/backup/tenure-file.ts";
import { openContentIndex } from "./adapters/content-index/content-index.ts";
import { openAgentPackages } from "./adapters/agent-packages.ts";
import { announce, openCoordinatorId, openMemberId, openOperatorToken } from "./adapters/files/coordinator-file.ts";
import { stateFile } from "./adapters/files/state-file.ts";
import { openLedgerFile } from "./adapters/ledger/ledger-file.ts";
import { openLogStore } from "./adapters/log-store.ts";
import { createLogger } from "./adapters/logger.ts";
import { sizeHeap } from "./adapters/heap-size.ts";
import { steppingFor } from "./app/step-through.ts";
import { hostNames } from "./adapters/host-names.ts";
import { lockDataDir } from "./adapters/files/lock-data-dir.ts";
import { createMetrics } from "./adapters/metrics.ts";
import { openPki } from "./adapters/pki.ts";
import { joinMembers } from "./adapters/redis/members.ts";
import { redisAddresses } from "./adapters/redis/addresses.ts";
import { durably } from "./adapters/redis/durably.ts";
import { redisForecasts } from "./adapters/redis/forecasts.ts";
import { redisLedgerCopy } from "./adapters/redis/ledger-copy.ts";
import { redisRunStore } from "./adapters/redis/run-store.ts";
import { checkRedisChoice, openRedis, readRedisCa } from "./adapters/redis/server/open-redis.ts";
import { redisRegistry } from "./adapters/redis/registry.ts";
import { nativeSite } from "./adapters/site-data/native-site.ts";
import { fileUndoPoints } from "./adapters/files/deletion-undo.ts";
import { readRollout, writeRollout } from "./adapters/files/rollout-file.ts";
import { openSourceMemory } from "./adapters/source-memory.ts";
import { loadKnowledge } from "@sitewright/expert/load";
import { removeAbandonedDrafts } from "@sitewright/node-kit/atomic-file";
import { authorityKey } from "@sitewright/node-kit/succession";
import { steadyClock } from "@sitewright/node-kit/steady-clock";
import { versionOf } from "@sitewright/node-kit/version";
import { createCurrentTenure } from "./app/backup/current-tenure.ts";
import { keepState, type StateFile } from "./app/backup/kept-state.ts";
import { createSavedStates, fillStores } from "./app/backup/saved-states.ts";
import { contentServers, createMemberAddresses } from "./app/agents/member-addresses.ts";
import { createProgramUpdates } from "./app/agents/program-updates.ts";
import { createSuccessions } from "./app/backup/successions.ts";
import { every } from "./app/every.ts";
import { ITSELF, openLedger } from "./app/ledger/ledger.ts";
import { notReady } from "./app/sites/not-ready.ts";
import { WORKERS } from "./app/runs/release.ts";
import type { CoordinatorOptions } from "./cli/commands/coordinator.ts";
import { parseListen, parseLogLevel } from "./config.ts";
import { createTopic } from "./app/topic.ts";
import { startCore } from "./wiring/core.ts";
import { wireEndpoints } from "./wiring/endpoints.ts";
import { ownNames } from "./wiring/own-names.ts";
import { restoreAfterOutage } from "./wiring/restore-after-outage.ts";
import { standBy, type StandbyDeps } from "./wiring/standby.ts";
import { openStandbyEndpoints, reachedAt } from "./wiring/standby-endpoints.ts";

/** Interval at which agents are told of coordinators that are new, ms. */
const MEMBERS_MS = 2_000;

/** Runs a coordinator until SIGTERM or SIGINT: the only place where its parts are put together. */
export async function runCoordinator(options: CoordinatorOptions): Promise<void> {
  const heap = sizeHeap();
  checkRedisChoice(options.redis, process.platform);
  const redisCa = options.redisCa === undefined ? undefined : readRedisCa(options.redisCa);
  const address = parseListen(options.listen);
  const level = parseLogLevel(process.env.SITEWRIGHT_LOG_LEVEL ?? "info");
  const [siteData, dataDir] = [resolve(options.siteData), resolve(options.dataDir)];
  const agentPackages = openAgentPackages(options.agents === undefined ? undefined : resolve(options.agents));
  const startedAt = Date.now();
  const version = versionOf(import.meta.url);
  const { ended, stopping } = awaitEnd();

  await using parts = new AsyncDisposableStack();
  const opened = <T>(part: T, close: (part: T) => unknown): T => parts.adopt(part, async (it) => void (await close(it)));

  opened(lockDataDir(dataDir), (lock) => lock.release());
  requireFinished(dataDir);
  await removeAbandonedDrafts(dataDir);
  const logs = opened(openLogStore(dataDir), (it) => it.close());
  const log = createLogger({ level, keep: (line) => logs.append(line) });
  if (logs.trouble !== undefined) log.warn({}, logs.trouble);
  const index = opened(await openContentIndex({ siteData, dataDir, log: (message, facts) => log.info(facts, message) }), (it) =>
    it.close(),
  );
  const pki = await openPki(dataDir, Date.now, (why) => log.warn({}, why));
  const [coordinatorId, memberId] = [await openCoordinatorId(dataDir), await openMemberId(dataDir)];
  const given = { ...(options.redis ? { url: options.redis } : {}), ...(redisCa === undefined ? {} : { ca: redisCa }) };
  const redis = opened(await openRedis({ dataDir, log, ...given }), (it) => it.close());
  const members = opened(joinMembers(redis.client, { coordinatorId, memberId, dataDir, log }), (it) => it.leave());
  const [authority, secret] = [authorityKey(new X509Certificate(pki.caPem)), pki.secretFor("sitewright shared folder")];
  const clientSecret = pki.secretFor("sitewright forwarded client");
  const shared = shareFolder(redis.client, { dataDir, memberId, lease: members.lease, authority, secret, log });
  const names = ownNames(pki, () => hostNames(address.host, options.names), log);
  const name = options.names[0] ?? hostname();
  const site = nativeSite(siteData, options);
  try {
    const dropRestored = (): Promise<void> => dropRestoredState(dataDir);
    const place = { address, names, name };
    const answer: StandbyDeps["answer"] = (leader) =>
      openStandbyEndpoints({ members, index, pki, memberId, clientSecret, dataDir, log }, place, leader);
    // Its own Redis is used by no other; and a folder on which none has ever started is not a copy of that of another.
    const begins = options.redis === undefined || (await readTenure(dataDir)) === undefined;
    await standBy({ members, begins, shared, siteData: site.siteData, index, dropRestored, answer, log }, stopping);
  } catch (error) {
    if (!stopping.aborted) throw error;
    return log.info({ signal: await ended.promise }, "the coordinator stops");
  }
  members.keep((error) => ended.reject(error));
  // What is stored from here on may be lost before the core, which stores it again, is there.
  let wasAway = false;
  redis.onBack(() => (wasAway = true));
  members.onEmptied(() => (wasAway = true));
  await shared.take();
  const tenure = createCurrentTenure({
    tenure: await openTenure(dataDir, Date.now()),
    isOneOfSeveral: members.isOneOfSeveral,
    keep: async (next) => (await writeTenure(dataDir, next), shared.giveTenure()),
    clock: Date.now,
    log,
  });
  const operatorToken = await openOperatorToken(dataDir);
  const remembered = opened(openSourceMemory(dataDir, log), (it) => it.close());
  const undoPoints = fileUndoPoints(dataDir, log);
  await shared.give();
  const lines = opened(await openLedgerFile(join(dataDir, "ledger.jsonl")), (it) => it.close());
  const ledger = await openLedger({
    lines,
    copy: redisLedgerCopy(redis.client),
    writer: randomUUID(),
    hash: (text) => createHash("sha256").update(text).digest("hex"),
    clock: Date.now,
    log,
  });
  const inRedis = {
    registry: redisRegistry(redis.client),
    runStore: redisRunStore(redis.client, members.lease),
    addresses: redisAddresses(redis.client),
  };
  const { read, write } = stateFile(dataDir);
  const copied: StateFile = { read, write: async (state) => (await write(state), shared.giveFile("state")) };
  const kept = opened(await durably(redis.client, () => keepState(inRedis, copied, log)), (it) => it.stop());
  const { registry, runStore, addresses } = kept;
  const restored = await readRestoredState(dataDir);
  if (restored) {
    const agents = (await durably(redis.client, () => fillStores(restored.state, { registry, runStore, addresses }))).length;
    const backup = new Date(restored.madeAt).toISOString();
    await ledger.record(ITSELF, "coordinator-restored", { details: { backup, agents: String(agents) } });
    await dropRestoredState(dataDir);
    log.warn({ backup, agents }, "this coordinator was restored from a backup");
  }
  const connections = createConnections();
  const steady = steadyClock();
  const core = opened(
    await startCore({
      ledger,
      runStore,
      registry,
      addresses,
      forecasts: redisForecasts(redis.client),
      queue: bullmqQueue({ place: redis.place, slots: WORKERS, log }),
      ...site,
      undoPoints: {
        load: undoPoints.load,
        save: async (points) => (await undoPoints.save(points), shared.giveFile("deletions")),
      },
      loadKnowledge,
      sourceMemory: {
        all: remembered.all,
        keep(units) {
          remembered.keep(units);
          void shared.giveUnits(units);
        },
      },
      index,
      logs,
      links: connections,
      clock: Date.now,
      steady,
      log,
      caHash: pki.caHash,
      coordinatorId,
      version,
      isPaused: members.isPaused,
    }),
    (it) => it.stop(),
  );
  opened(heap, (it) => it.stop());
  heap.follow({ ordersUnderWay: core.ordersUnderWay, agentsCame: connections.admitted, steppingFor });
  const restoring = restoreAfterOutage({ members, kept, core, shared, log });
  opened(restoring, (it) => it.stop());
  redis.onBack(restoring.begin);
  members.onEmptied(restoring.begin);
  if (wasAway) restoring.begin();

  const { contentRights: rights, lineSpeeds } = core;
  const programUpdates = createProgramUpdates({
    rollout: await readRollout(dataDir),
    write: (rollout) => writeRollout(dataDir, rollout),
    links: connections,
    packages: agentPackages,
    hierarchy: core.hierarchy,
    sign: (statement) => pki.sign(programTranscript(statement)),
    coordinatorId,
    newId: randomUUID,
    ledger,
    clock: Date.now,
    log,
  });
  const refused = createTopic<string>();
  const metrics = opened(createMetrics({ ...core, refused, isRedisUp: redis.isUp }), (it) => it.close());
  const endpoints = opened(
    wireEndpoints(
      {
        ...core,
        ledger,
        successions: createSuccessions({
          current: await readSuccession(dataDir),
          write: async (succession) => (await writeSuccession(dataDir, succession), shared.giveFile("succession")),
          own: authority,
          connectAgain: connections.endAll,
          ledger,
          clock: Date.now,
        }),
        savedStates: createSavedStates({ registry, runStore, addresses }, { ledger, coordinatorId }),
        registry,
        agentPackages,
        connections,
        events: programUpdates.watch(core.agentEvents),
        programUpdates,
        rights,
        lines: lineSpeeds,
        index: core.content,
        metrics,
        refused,
        pki,
        coordinatorId,
        members: members.present,
        isPaused: members.isPaused,
        tenure,
        clientSecret,
        log,
        notReady: () => notReady(core.siteData(), redis.isUp()),
        operatorToken,
        clock: Date.now,
        steady,
      },
      { hosts: names.hosts, tls: await names.certificate(), plain: isLoopback(address.host) },
    ),
    (it) => it.close(),
  );
  const url = await endpoints.listen(address);
  opened(names.keep(endpoints.useCertificate), (it) => it.stop());
  members.announce(reachedAt(url, name));
  const serverOf = contentServers({ hierarchy: core.hierarchy, members: members.present, serving: endpoints.serving });
  const { look } = createMemberAddresses({ members: members.present, links: connections, serverOf });
  opened(every(MEMBERS_MS, "agents cannot be told where coordinators answer", look, log), (it) => it.stop());
  await announce(dataDir, url, startedAt);
  log.info({ url, siteData, dataDir, version }, "the coordinator listens");
  log.info({ signal: await ended.promise }, "the coordinator stops");
}

/** What ends this process: the first signal of these, or what happens to it meanwhile. `stopping` is aborted by a signal alone. */
function awaitEnd(): { ended: PromiseWithResolvers<string>; stopping: AbortSignal } {
  const ended = Promise.withResolvers<string>();
  // Awaited when everything runs; an earlier rejection must not count as unhandled.
  ended.promise.catch(() => {});
  const stopping = new AbortController();
  void ended.promise.then(
    (signal) => stopping.abort(signal),
    () => undefined,
  );
  const signals = ["SIGTERM", "SIGINT", ...(process.platform === "win32" ? (["SIGBREAK", "SIGHUP"] as const) : [])] as const;
  for (const signal of signals) process.once(signal, () => ended.resolve(signal));
  return { ended, stopping: stopping.signal };
}
