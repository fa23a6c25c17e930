import { decodeAgentMessage, isUnitName, SitewrightError, type AgentMessage, type Inventory } from "@sitewright/protocol";
import type { AgentEvents } from "../../app/ports/agents.ts";
import type { Clock } from "../../app/ports/clock.ts";
import { createInventoryDraft, type InventoryDraft } from "../../domain/sites/held.ts";
import type { Neighbours } from "../neighbours/neighbours.ts";

/** Limit of units that one agent may state. */
const MOST_UNITS = 100_000;

export interface DeliveryDeps {
  events: AgentEvents;
  neighbours: Pick<Neighbours, "opened" | "holds">;
  clock: Clock;
}

/**
 * Passes an agent's messages, after its Welcome, to the core. Throws `FRAME_INVALID` for a message out of sequence.
 * @param awaitsInventory The Welcome asked for it: it may arrive once.
 */
export function createDelivery(
  system: string,
  { events, neighbours, clock }: DeliveryDeps,
  awaitsInventory: boolean,
): (bytes: Uint8Array) => Promise<void> {
  let draft: { digest: string; count: number; units: InventoryDraft } | undefined;

  async function inventory(part: Inventory): Promise<void> {
    if (!awaitsInventory) throw misplaced("an inventory arrived that was not requested");
    draft ??= { digest: part.digest, count: 0, units: createInventoryDraft((unit) => events.isDescribed(system, unit)) };
    if (part.digest !== draft.digest) throw misplaced("an inventory began before the previous one had ended");
    draft.count += part.units.length;
    if (draft.count > MOST_UNITS) throw misplaced(`an inventory has more than ${MOST_UNITS} units`);
    if (!part.units.every(({ unit }) => isUnitName(unit.role, unit.name))) throw misplaced("an inventory names an impossible unit");
    draft.units.add(part.units);
    if (!part.last) return events.inventoryAdvances(system);
    const kept = draft.units.end();
    draft = undefined;
    awaitsInventory = false;
    const isWhole = kept.undescribed === undefined || kept.undescribed.count === kept.undescribed.units.length;
    await events.inventory(system, { digest: isWhole ? part.digest : "", ...kept, seenAt: clock() });
  }

  return async (bytes) => {
    const message: AgentMessage = decodeAgentMessage(bytes);
    switch (message.kind) {
      case "hello":
        throw misplaced("a second Hello");
      case "inventory":
        return inventory(message);
      case "accepted":
        return events.accepted(system, message.orderId, message.epoch);
      case "progress":
        return events.progress(system, message);
      case "result":
        return events.result(system, message);
      case "log-lines":
        return events.logLines(system, message);
      case "content-part":
        return events.contentPart(system, message);
      case "site-backups":
        return events.siteBackups(system, message);
      case "warnings":
        return events.warned(system, message.texts);
      case "update-failed":
        return events.updateFailed(system, message.id, message.message);
      case "unknown":
        return;
      case "peer-open":
        return neighbours.opened(system, message.endpoint);
      case "holds":
        return neighbours.holds(system, message);
    }
  };
}

function misplaced(why: string): SitewrightError {
  return new SitewrightError("FRAME_INVALID", `the message was refused: ${why}`);
}
