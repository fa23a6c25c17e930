import { begun } from "../../domain/runs/phase.ts";
import { withinPlan } from "../../domain/runs/plausible.ts";
import type { Log } from "../log.ts";
import type { Acks } from "../runs/acks.ts";
import type { Board } from "../runs/board.ts";
import type { Canceller } from "../runs/cancel.ts";
import type { AgentContent } from "./agent-content.ts";
import type { SiteBackups } from "./site-backups.ts";
import type { Fleet } from "./fleet.ts";
import type { LogBook } from "./log-book.ts";
import type { LivePublisher } from "../live/live-view.ts";
import type { AgentEvents, AgentLinks } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";
import type { RunStore } from "../ports/runs.ts";
import type { createResults } from "../runs/results.ts";
import type { Supervisor } from "../runs/supervise.ts";

export interface AgentEventsDeps {
  acks: Acks;
  board: Board;
  logBook: LogBook;
  agentContent: AgentContent;
  siteBackups: Pick<SiteBackups, "arrived">;
  canceller: Canceller;
  fleet: Fleet;
  runStore: RunStore;
  links: Pick<AgentLinks, "isConnected">;
  live: LivePublisher;
  results: ReturnType<typeof createResults>;
  supervisor: Supervisor;
  clock: Clock;
  log: Log;
  schedule: () => void;
}

/** Handles each message of an agent. */
export function createAgentEvents(deps: AgentEventsDeps): AgentEvents {
  const {
    acks,
    board,
    canceller,
    fleet,
    runStore,
    links,
    live,
    results,
    supervisor,
    logBook,
    agentContent,
    siteBackups,
    clock,
    log,
    schedule,
  } = deps;

  /** @param since Absent: its agent has disconnected. */
  function changed(system: string, since?: number): void {
    fleet.seen(system);
    live.system({ name: system, connected: since !== undefined, lastSeen: clock(), ...(since === undefined ? {} : { since }) });
    supervisor.systemChanged(system);
    schedule();
  }

  return {
    // Only an update that the coordinator ordered can fail: what watches those handles it.
    updateFailed: () => undefined,
    async connected({ system, since }, { inventoryDigest, lastResult }) {
      const acked = await acks.hello(system, lastResult);
      const sendInventory = fleet.digest(system) !== inventoryDigest;
      fleet.expectInventory(system, sendInventory);
      // The link delivers messages once this has returned.
      setTimeout(() => {
        // It may have disconnected while Redis was asked, and that has been told.
        if (!links.isConnected(system)) return;
        changed(system, since);
        canceller.repeatTo(system).catch((error: unknown) => log.warn({ system, error: String(error) }, "a cancel could not be repeated"));
      }, 0);
      return { acked, sendInventory };
    },
    async disconnected(system) {
      fleet.setWarnings(system, []);
      changed(system);
    },
    inventoryAdvances: (system) => fleet.inventoryAdvances(system),
    isDescribed: (system, unit) => fleet.isDescribed(system, unit),
    async inventory(system, inventory) {
      await fleet.setInventory(system, inventory);
      schedule();
    },
    async accepted(system, orderId, epoch) {
      const phase = board.get(orderId) ?? (await runStore.phase(orderId));
      if (!phase || phase.system !== system || phase.state === "cancelled") return canceller.refuse(system, orderId, epoch);
      if (canceller.isCancelling(orderId) || phase.epoch !== epoch) return;
      // Sent ahead, and not followed yet: once it is, the agent says so again.
      if (!supervisor.isSupervised(orderId)) return;
      await board.change(orderId, ["released"], (released) => begun(released, clock()));
    },
    async progress(system, { orderId, step, ...stated }) {
      const phase = board.get(orderId);
      if (phase?.system !== system) return;
      const { files, reusedBytes, fetchedBytes, retriedBytes, peerBytes = 0, lookedBytes } = withinPlan(phase, stated);
      board.progress(orderId, {
        step,
        files,
        reusedBytes,
        fetchedBytes,
        retriedBytes,
        ...(peerBytes > 0 ? { peerBytes } : {}),
        ...(lookedBytes === undefined ? {} : { lookedBytes }),
      });
    },
    warned: (system, texts) => fleet.setWarnings(system, texts),
    cloned: (system, text) => fleet.setCloned(system, text),
    contentPart: (system, part) => agentContent.arrived(system, part),
    siteBackups: (system, answer) => siteBackups.arrived(system, answer),
    logLines: (system, part) => logBook.arrived(system, part),
    async result(system, result) {
      try {
        await results(system, result);
      } catch (error) {
        acks.failed(system, result.number);
        throw error;
      }
      await acks.stored(system, result.number);
    },
  };
}
