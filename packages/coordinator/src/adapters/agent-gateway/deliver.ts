import { decodeAgentMessage, isUnitName, SitewrightError, type AgentMessage, type Held, type Inventory } from "@sitewright/protocol";
import type { AgentEvents, Clock } from "../../app/ports.ts";
import type { Neighbours } from "../neighbours/neighbours.ts";

/** Units that one agent may hold. */
const MOST_UNITS = 100_000;

/** Takes an agent's messages, after its Welcome, to where they belong. Throws `FRAME_INVALID` for what is not in its place. */
export function createDelivery(
  system: string,
  events: AgentEvents,
  neighbours: Pick<Neighbours, "opened" | "holds">,
  clock: Clock,
): (bytes: Uint8Array) => Promise<void> {
  let parts: Held[] = [];
  let digest: string | undefined;

  async function inventory(part: Inventory): Promise<void> {
    if (digest !== undefined && part.digest !== digest) throw misplaced("an inventory began before the one before it had ended");
    if (parts.length + part.units.length > MOST_UNITS) throw misplaced(`an inventory has more than ${MOST_UNITS} units`);
    if (!part.units.every(({ unit }) => isUnitName(unit.role, unit.name))) throw misplaced("an inventory names a unit that cannot be");
    parts.push(...part.units);
    digest = part.digest;
    if (!part.last) return;
    const units = parts;
    parts = [];
    digest = undefined;
    await events.inventory(system, { digest: part.digest, units, seenAt: clock() });
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
      case "peer-open":
        return neighbours.opened(system, message.door);
      case "holds":
        return neighbours.holds(system, message);
    }
  };
}

function misplaced(why: string): SitewrightError {
  return new SitewrightError("FRAME_INVALID", `the message was refused: ${why}`);
}
