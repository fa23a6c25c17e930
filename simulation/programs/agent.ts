import type { CoordinatorAddresses } from "../../packages/agent/src/domain/coordinator-addresses.ts";
import { heldOf } from "../../packages/agent/src/domain/unit-state.ts";
import { openOrderMemory } from "../../packages/agent/src/adapters/memory/order-memory.ts";
import { openOutbox } from "../../packages/agent/src/adapters/memory/outbox.ts";
import { createUnitStore } from "../../packages/agent/src/adapters/memory/unit-store.ts";
import type { Log } from "../../packages/agent/src/app/ports/link.ts";
import type { OrderExecutor } from "../../packages/agent/src/app/ports/content.ts";
import type { UnitServices } from "../../packages/agent/src/app/ports/stores.ts";
import { createCurrentLink } from "../../packages/agent/src/app/session/current-link.ts";
import { createOrderRunner } from "../../packages/agent/src/app/session/order-runner.ts";
import { createResultPump } from "../../packages/agent/src/app/session/result-pump.ts";
import { keepSession } from "../../packages/agent/src/app/session/session.ts";
import { createFencedExecutor } from "../../packages/agent/src/app/unit/execute-order.ts";
import { hashBytes } from "@sitewright/node-kit/hash";
import { steadyClock } from "@sitewright/node-kit/steady-clock";
import type { Network } from "../network/network.ts";
import type { Process, VirtualTime } from "../time/virtual-time.ts";
import { COORDINATOR_ID } from "./coordinator.ts";
import type { Machine } from "./machine.ts";
import { createTasks, type Fetching, type TaskWatch } from "./tasks.ts";

export interface Agent {
  process: Process;
  stop(): void;
}

export interface AgentDeps extends Fetching {
  time: VirtualTime;
  network: Network;
  watch: TaskWatch;
  log: Log;
  random: () => number;
  /** Where its neighbours would connect. */
  host: string;
  /** Where coordinators answer. */
  addresses: CoordinatorAddresses;
}

/** Assembles an agent as its `run` does: session, lanes, outbox and stored state are the real ones; the work on the disk is simulated. */
export function startAgent(machine: Machine, process: Process, deps: AgentDeps): Agent {
  const stopping = new AbortController();
  deps.time.as(process, () => assemble(machine, process, deps, stopping.signal));
  return { process, stop: () => deps.time.as(process, () => stopping.abort()) };
}

function assemble(machine: Machine, process: Process, deps: AgentDeps, stopping: AbortSignal): void {
  const { network, log, watch } = deps;
  const { database, system } = machine;
  const outbox = openOutbox(database, Date.now);
  const memory = openOrderMemory(database, outbox, Date.now);
  const units = createUnitStore(database);
  const services = servicesOf(machine, units, log);
  const current = createCurrentLink();
  const pump = createResultPump(outbox, log);
  const fenced = createFencedExecutor(services, createTasks({ machine, process, current, now: steadyClock(), ...deps }), () => undefined);
  const executor: OrderExecutor = {
    async execute(order, context) {
      watch.begins(system, order);
      const outcome = await fenced.execute(order, context);
      watch.ended(system, order, outcome);
      return outcome;
    },
  };
  const runner = createOrderRunner({
    memory,
    executor,
    content: NO_CONTENT,
    pump,
    say: (message) => current.say(message),
    log,
    scope: (_, work) => work(),
  });
  runner.resume();
  void keepSession(
    {
      self: {
        name: system,
        coordinator: COORDINATOR_ID,
        agentVersion: "0.1.0",
        platform: "linux",
        roles: [...machine.roles],
        sign: machine.sign,
        instance: process.name,
      },
      current,
      outbox,
      pump,
      runner,
      inventory: () => units.all().map(heldOf),
      hash: hashBytes,
      logs: { find: () => [] },
      contents: { answer: async ({ id }) => [{ kind: "content-part", id, last: true }] },
      backups: { ask: async () => ({ runs: [] }) },
      keeper: { answer: () => undefined },
      peers: { open: async () => ({ host: deps.host, port: 1 }) },
      warnings: { all: () => [], subscribe: () => () => undefined },
      seen: seenIn(machine),
      learn: () => undefined,
      successions: { newestSuccession: () => undefined },
      log,
      addresses: deps.addresses,
      openLink: network.openLink(system, process, () => deps.addresses.url.origin),
      onTrouble: () => undefined,
      random: deps.random,
    },
    stopping,
  );
  stopping.addEventListener("abort", () => void runner.stop().then(() => (process.isDead = true)), { once: true });
}

function servicesOf(machine: Machine, units: UnitServices["units"], log: Log): UnitServices {
  return {
    roots: machine.roles.map((role) => ({ role, path: `/${role}` })),
    presence: {
      require: () => undefined,
      glance: () => undefined,
      isHeld: () => false,
      warnings: { all: () => [], subscribe: () => () => undefined },
    },
    units,
    manifests: { keepOnly: () => undefined } as unknown as UnitServices["manifests"],
    switcher: { discard: async () => 0 } as unknown as UnitServices["switcher"],
    log,
  };
}

const NO_CONTENT = {
  manifest: () => Promise.reject(new Error("manifests are not simulated")),
  open() {
    throw new Error("the simulated tasks fetch by themselves");
  },
};

/** Survives the process, as its file does. */
function seenIn(machine: Machine) {
  const { database } = machine;
  database.exec("CREATE TABLE IF NOT EXISTS seen (only_row INTEGER PRIMARY KEY, restored REAL, started REAL)");
  const read = database.prepare("SELECT restored, started FROM seen");
  const write = database.prepare("REPLACE INTO seen VALUES (1, ?, ?)");
  return {
    newest: () => read.get() as { restored: number; started: number } | undefined,
    keep: ({ restored, started }: { restored: number; started: number }) => void write.run(restored, started),
  };
}
