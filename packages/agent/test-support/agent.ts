import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import type { Held, Order, Outcome, Tenure } from "@sitewright/protocol";
import { onTestFinished } from "vitest";
import { linkOpener } from "../src/adapters/link/coordinator-link.ts";
import { createAddresses } from "../src/domain/coordinator-addresses.ts";
import { openDatabase } from "../src/adapters/memory/database.ts";
import { hashBytes } from "@sitewright/node-kit/hash";
import { openOrderMemory } from "../src/adapters/memory/order-memory.ts";
import { openOutbox } from "../src/adapters/memory/outbox.ts";
import { createCurrentLink } from "../src/app/session/current-link.ts";
import type { LogSource, PeerEndpoints, BackupKeeper, SiteBackupService, Warnings } from "../src/app/ports/link.ts";
import { createOrderRunner, type OrderRunner } from "../src/app/session/order-runner.ts";
import type { ContentSource, OrderContext, OrderExecutor } from "../src/app/ports/content.ts";
import { createResultPump } from "../src/app/session/result-pump.ts";
import { keepSession } from "../src/app/session/session.ts";
import { TEST_CERTIFICATES } from "@sitewright/testkit/certificates";

export const ACTIVATED: Outcome = { kind: "activated", folders: 1, previous: true };

/** One order that the executor received, and functions with which the test ends it. */
export interface Execution {
  order: Order;
  context: OrderContext;
  end(outcome: Outcome): void;
}

/** An executor whose orders end on command of the test, or as cancelled when they are aborted. */
export function manualExecutor(): OrderExecutor & { executions: Execution[]; started(order: string, epoch?: number): Promise<Execution> } {
  const executions: Execution[] = [];
  const listeners = new Set<() => void>();
  return {
    executions,
    execute: (order, context) =>
      new Promise((end) => {
        executions.push({ order, context, end });
        context.signal.addEventListener("abort", () => end({ kind: "failed", code: "CANCELLED", message: "aborted", retryable: false }));
        for (const look of listeners) look();
      }),
    started: (order, epoch = 1) =>
      new Promise((resolve) => {
        const look = () => {
          const found = executions.find((execution) => execution.order.id === order && execution.order.epoch === epoch);
          if (!found) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        look();
      }),
  };
}

export const NO_CONTENT: ContentSource = {
  manifest: () => Promise.reject(new Error("not part of this test")),
  open: () => {
    throw new Error("not part of this test");
  },
};

const NO_LOGS: LogSource = { find: () => [] };

export interface TestAgentOptions {
  url: URL;
  others?: URL[];
  dataDir: string;
  executor?: OrderExecutor;
  inventory?: Held[];
  silenceMs?: number;
  logs?: LogSource;
  peers?: PeerEndpoints;
  warnings?: Warnings;
  backups?: Pick<SiteBackupService, "ask">;
  keeper?: BackupKeeper;
}

/** A whole agent without disk and process; `stop` ends it as a shutdown does. */
export function startTestAgent({
  url,
  others = [],
  dataDir,
  executor = manualExecutor(),
  inventory = [],
  silenceMs = 15_000,
  logs = NO_LOGS,
  peers,
  backups = { ask: async () => ({ runs: [] }) },
  keeper = { answer: () => undefined },
  warnings = { all: () => [], subscribe: () => () => undefined },
}: TestAgentOptions): {
  publicKey: KeyObject;
  runner: OrderRunner;
  stop(): Promise<void>;
} {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const database = openDatabase(dataDir);
  const log = () => undefined;
  const outbox = openOutbox(database, Date.now);
  const memory = openOrderMemory(database, outbox, Date.now);
  const current = createCurrentLink();
  const pump = createResultPump(outbox, log);
  const runner = createOrderRunner({
    memory,
    executor,
    content: NO_CONTENT,
    pump,
    say: (message) => current.say(message),
    log,
    scope: (_, work) => work(),
  });
  const self = {
    name: "SRVABC",
    coordinator: "coordinator-1",
    agentVersion: "0.1.0",
    platform: "linux",
    roles: ["dp" as const],
    sign: (bytes: Uint8Array) => sign(null, bytes, privateKey),
    instance: "one",
  };
  const addresses = createAddresses([url, ...others]);
  const openLink = linkOpener({
    coordinator: {
      get url() {
        return addresses.url;
      },
      ca: TEST_CERTIFICATES.caPem,
    },
    name: self.name,
    silenceMs,
    log,
  });
  let newest: Tenure | undefined;
  const stopping = new AbortController();
  runner.resume();
  const session = keepSession(
    {
      self,
      current,
      outbox,
      pump,
      runner,
      inventory: () => inventory,
      hash: hashBytes,
      logs,
      contents: { answer: async ({ id }) => [{ kind: "content-part", id, last: true }] },
      backups,
      keeper,
      warnings,
      learn: ({ urls }) => addresses.learn(urls.map((text) => new URL(text))),
      successions: { newestSuccession: () => undefined },
      seen: { newest: () => newest, keep: (tenure) => void (newest = tenure) },
      ...(peers ? { peers } : {}),
      log,
      addresses,
      openLink,
      onTrouble: () => undefined,
      random: () => 0.01,
    },
    stopping.signal,
  );
  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    stopping.abort();
    await Promise.all([session, runner.stop()]);
    database.close();
  }
  const stopOnce = () => (stopped ??= stop());
  onTestFinished(stopOnce);
  return { publicKey, runner, stop: stopOnce };
}
